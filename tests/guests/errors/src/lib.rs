//! Lets an error out of the callback that the request's header `x-fail` names, with `?`.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod errors {
    use whit::prelude::*;

    struct Errors;

    impl HttpFilter for Errors {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
            let headers = http.request_headers();
            if headers.get(field!("x-fail"))? == Some(b"request-headers") {
                // A name that would split the request.
                headers.add("a\nb", "c")?;
            }
            Ok(Action::Continue)
        }

        fn on_request_body(
            &mut self,
            http: &Http<'_>,
            _size: usize,
            end_of_stream: bool,
        ) -> Result<Action> {
            if end_of_stream && http.request_body().bytes()? == b"fail" {
                http.request_headers().replace("a\nb", "c")?;
            }
            Ok(if end_of_stream { Action::Continue } else { Action::Pause })
        }

        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
            if http.response_headers().get(field!("x-fail"))?.is_some() {
                http.response_headers().remove("a\nb")?;
            }
            Ok(Action::Continue)
        }

        fn on_response_body(
            &mut self,
            http: &Http<'_>,
            _size: usize,
            _end_of_stream: bool,
        ) -> Result<Action> {
            if http.response_body().bytes()? == b"fail" {
                http.response_headers().remove("a\nb")?;
            }
            Ok(Action::Continue)
        }

        fn on_log(&mut self, http: &Http<'_>) -> Result<()> {
            if http.request_headers().get(field!("x-fail"))? == Some(b"log") {
                http.request_headers().remove("a\nb")?;
            }
            Ok(())
        }
    }
}
