//! Logs the headers both ways, and answers `/hello` itself.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod http_headers {
    use whit::info;
    use whit::prelude::*;

    struct HttpHeaders;

    impl HttpFilter for HttpHeaders {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let headers = http.request_headers();
            log_all(http, " -> ", headers);
            match headers.get(field!(":path")) {
                Ok(Some(path)) if path == b"/hello" => http
                    .respond(
                        200,
                        fields! { "Hello": "World", "Powered-By": "proxy-wasm" },
                        b"Hello, World!\n",
                    )
                    .unwrap_or(Action::Continue),
                _ => Action::Continue,
            }
        }

        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            log_all(http, " <- ", http.response_headers());
            Action::Continue
        }

        fn on_log(&mut self, http: &Http<'_>) {
            info!("#", http.context_id(), " completed.");
        }
    }

    /// Logs every header of a map; of one that cannot be had, none.
    fn log_all(http: &Http<'_>, arrow: &str, headers: Map<'_>) {
        if let Ok(pairs) = headers.pairs() {
            for (name, value) in pairs {
                info!("#", http.context_id(), arrow, name, ": ", value);
            }
        }
    }
}
