//! Logs the headers both ways, and answers `/hello` itself.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod http_headers {
    use whit::prelude::*;
    use whit::{info, log};

    struct HttpHeaders;

    impl HttpFilter for HttpHeaders {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            if log_all(http, " -> ", http.request_headers()) {
                let headers = fields! { "Hello": "World", "Powered-By": "proxy-wasm" };
                return http.respond(200, headers, b"Hello, World!\n").unwrap_or(Action::Continue);
            }
            Action::Continue
        }

        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            log_all(http, " <- ", http.response_headers());
            Action::Continue
        }

        fn on_log(&mut self, http: &Http<'_>) {
            info!("#", http.context_id(), " completed.");
        }
    }

    /// Logs every header of a map; of one that cannot be had, none. Returns whether there was the path
    /// `/hello` among them.
    fn log_all(http: &Http<'_>, arrow: &str, headers: Map<'_>) -> bool {
        let mut hello = false;
        if let Ok(pairs) = headers.pairs() {
            let info = Level::Info.shown();
            for (name, value) in pairs {
                if let Some(info) = info {
                    log!(info, "#", http.context_id(), arrow, name, ": ", value);
                }
                hello |= name == b":path" && value == b"/hello";
            }
        }
        hello
    }
}
