//! Asks a service about each request, which waits for the answer: an even number lets it pass.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod http_auth_random {
    use core::time::Duration;

    use whit::info;
    use whit::prelude::*;

    struct HttpAuthRandom;

    impl HttpFilter for HttpAuthRandom {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let headers =
                fields! { ":method": "GET", ":path": "/bytes/1", ":authority": "httpbin.org" };
            let call = HttpCall::new("httpbin", headers, Duration::from_secs(1));
            if http.http_call(self, &call).is_err() {
                forbid(http);
            }
            Action::Pause
        }

        fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>) {
            match response.body().get(0, 1) {
                Ok([number]) if number % 2 == 0 => {
                    info!("Access granted.");
                    let _ = http.continue_request();
                }
                _ => forbid(http),
            }
        }

        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let _ = http.response_headers().replace(field!("Powered-By"), field!("proxy-wasm"));
            Action::Continue
        }
    }

    fn forbid(http: &Http<'_>) {
        info!("Access forbidden.");
        let _ = http.respond(403, fields! { "Powered-By": "proxy-wasm" }, b"Access forbidden.\n");
    }
}
