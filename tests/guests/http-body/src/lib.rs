//! Puts a mark after each chunk of a request's body, and in place of a response's body that holds
//! "secret" another one.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod http_body {
    use whit::prelude::*;

    struct HttpBody;

    impl HttpFilter for HttpBody {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let _ = http.request_headers().remove(field!("content-length"));
            Action::Continue
        }

        fn on_request_body(
            &mut self,
            http: &Http<'_>,
            size: usize,
            _end_of_stream: bool,
        ) -> Action {
            if size > 0 {
                let _ = http.request_body().append(b"!");
            }
            Action::Continue
        }

        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let _ = http.response_headers().remove(field!("content-length"));
            Action::Continue
        }

        fn on_response_body(
            &mut self,
            http: &Http<'_>,
            size: usize,
            end_of_stream: bool,
        ) -> Action {
            if !end_of_stream {
                return Action::Pause;
            }
            let body = http.response_body();
            let _ = match body.bytes() {
                Ok(bytes) if bytes.len() != size => body.replace(b"another size"),
                Ok(bytes) if bytes.windows(6).any(|bytes| bytes == b"secret") => {
                    body.replace(b"redacted")
                }
                Ok(_) => Ok(()),
                Err(_) => body.replace(b"unread"),
            };
            Action::Continue
        }
    }
}
