//! Puts a note in place of every response that holds the word "secret".
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod http_body {
    use whit::prelude::*;

    struct HttpBody;

    impl HttpFilter for HttpBody {
        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            // The body may get another length, and this is the last moment to say so.
            let _ = http.response_headers().remove(names::CONTENT_LENGTH);
            Action::Continue
        }

        fn on_response_body(
            &mut self,
            http: &Http<'_>,
            size: usize,
            end_of_stream: bool,
        ) -> Action {
            if !end_of_stream {
                // The host keeps what has come, and calls again with all of it.
                return Action::Pause;
            }
            let body = http.response_body();
            if let Ok(bytes) = body.get(0, size)
                && bytes.array_windows().any(|bytes| bytes == b"secret")
                && let Ok(note) =
                    text!(http, "Original message body (", size, " bytes) redacted.\n")
            {
                let _ = body.replace_first(size, note);
            }
            Action::Continue
        }
    }
}
