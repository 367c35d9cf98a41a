//! Asks a gRPC service about each gRPC request, which waits for the answer: an even status lets it pass.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod grpc_auth_random {
    use core::time::Duration;

    use whit::info;
    use whit::prelude::*;

    struct GrpcAuthRandom;

    impl HttpFilter for GrpcAuthRandom {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let headers = http.request_headers();
            // As numbers, 16 bytes are compared at once.
            let number = |bytes: &[u8; 16]| u128::from_le_bytes(*bytes);
            let starts_with = |name, start| {
                let value =
                    headers.get(name).unwrap_or_default().and_then(|value| value.first_chunk());
                value.is_some_and(|value| number(value) == number(start))
            };
            if !starts_with(names::CONTENT_TYPE, b"application/grpc") {
                let _ = http.respond(
                    503,
                    fields! { "Powered-By": "proxy-wasm" },
                    b"Service accessible only to gRPC clients.\n",
                );
                return Action::Pause;
            }
            // Calls to the reflection API are always allowed.
            if starts_with(names::PATH, b"/grpc.reflection") {
                return Action::Continue;
            }
            let call = GrpcCall::new(
                grpc_service!("grpcbin"),
                "grpcbin.GRPCBin",
                "RandomError",
                b"",
                Duration::from_secs(1),
            );
            if http.grpc_call(self, &call).is_err() {
                forbid(http);
            }
            Action::Pause
        }

        fn on_grpc_receive(&mut self, http: &Http<'_>, _: GrpcId, _: &GrpcMessage<'_>) {
            grant(http);
        }

        fn on_grpc_close(&mut self, http: &Http<'_>, _: GrpcId, status: u32) {
            if status.is_multiple_of(2) { grant(http) } else { forbid(http) }
        }

        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let _ = http.response_headers().replace(field!("Powered-By"), field!("proxy-wasm"));
            Action::Continue
        }
    }

    fn grant(http: &Http<'_>) {
        info!("Access granted.");
        let _ = http.continue_request();
    }

    fn forbid(http: &Http<'_>) {
        const ABORTED: u32 = 10;
        info!("Access forbidden.");
        let _ = http.respond_grpc(
            ABORTED,
            field!("Aborted by Proxy-Wasm!"),
            fields! { "Powered-By": "proxy-wasm" },
        );
    }
}
