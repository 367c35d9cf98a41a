//! Streams with state that read no plugin: answers that come after they are deleted, while the host still knows
//! them. Against the double of the host's functions.
#![forbid(unsafe_code)]

use whit::__::double::{take_log, with_host};

#[whit::plugin]
mod plugin {
    use core::time::Duration;

    use whit::info;
    use whit::prelude::*;

    #[derive(Default)]
    struct Asks {
        calls: u32,
    }

    impl HttpFilter for Asks {
        fn on_request_headers(&mut self, http: &Http<'_>, _: bool) -> Result<Action> {
            self.calls += 1;
            let headers = fields! { ":method": "GET", ":path": "/", ":authority": "a" };
            http.http_call(self, &HttpCall::new("auth", headers, Duration::from_secs(1)))?;
            let service = grpc_service!("users");
            http.grpc_call(self, &GrpcCall::new(service, "a.Users", "Get", b"", Duration::MAX))?;
            Ok(Action::Pause)
        }

        fn on_http_call_response(&mut self, _: &Http<'_>, _: &HttpCallResponse<'_>) {
            info!("an answer after ", self.calls);
        }

        fn on_grpc_receive(&mut self, _: &Http<'_>, _: GrpcId, _: &GrpcMessage<'_>) {
            info!("a message after ", self.calls);
        }
    }

    #[test]
    fn no_value_is_made_for_a_stream_that_is_deleted() {
        for stream in [2, 3] {
            assert_eq!(proxy_on_request_headers(stream, 0, 1), 1);
        }
        super::with_host(|host| assert_eq!(host.calls.len(), 4));
        proxy_on_delete(2);
        proxy_on_http_call_response(1, 1, 0, 0, 0);
        proxy_on_grpc_receive(1, 2, 0);
        assert_eq!(super::take_log(), []);
        proxy_on_http_call_response(1, 3, 0, 0, 0);
        proxy_on_grpc_receive(1, 4, 0);
        let log = super::take_log().into_iter().map(|(_, line)| line);
        assert!(log.eq([b"an answer after 1".to_vec(), b"a message after 1".to_vec()]));
    }
}
