//! `http-auth-random` on the official crate.

use std::time::Duration;

use log::info;
use proxy_wasm::traits::*;
use proxy_wasm::types::*;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_http_context(|_, _| -> Box<dyn HttpContext> { Box::new(HttpAuthRandom) });
}}

struct HttpAuthRandom;

impl HttpAuthRandom {
    fn forbid(&self) {
        info!("Access forbidden.");
        self.send_http_response(
            403,
            vec![("Powered-By", "proxy-wasm")],
            Some(b"Access forbidden.\n"),
        );
    }
}

impl HttpContext for HttpAuthRandom {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let call = self.dispatch_http_call(
            "httpbin",
            vec![(":method", "GET"), (":path", "/bytes/1"), (":authority", "httpbin.org")],
            None,
            vec![],
            Duration::from_secs(1),
        );
        if call.is_err() {
            self.forbid();
        }
        Action::Pause
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.set_http_response_header("Powered-By", Some("proxy-wasm"));
        Action::Continue
    }
}

impl Context for HttpAuthRandom {
    fn on_http_call_response(&mut self, _: u32, _: usize, body_size: usize, _: usize) {
        if let Some(body) = self.get_http_call_response_body(0, body_size)
            && !body.is_empty()
            && body[0] % 2 == 0
        {
            info!("Access granted.");
            self.resume_http_request();
            return;
        }
        self.forbid();
    }
}
