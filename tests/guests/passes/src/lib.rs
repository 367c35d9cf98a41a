//! Lets an error out of the callback that the request's header `x-fail` names: the stream goes on.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod passes {
    use core::time::Duration;

    use whit::prelude::*;

    struct Passes;

    /// An error where a header says so.
    fn fail(headers: Map<'_>, at: &[u8]) -> Result<()> {
        match headers.get("x-fail")? {
            Some(found) if found == at => Err(Status::INTERNAL_FAILURE),
            _ => Ok(()),
        }
    }

    fn ask(http: &Http<'_>, filter: &Passes) -> Result<Action> {
        let headers = fields! { ":method": "GET", ":path": "/", ":authority": "a" };
        http.http_call(filter, &HttpCall::new("ask", headers, Duration::from_secs(1)))?;
        Ok(Action::Pause)
    }

    impl HttpFilter for Passes {
        const ON_ERROR: OnError = OnError::Pass;

        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
            let headers = http.request_headers();
            fail(headers, b"request")?;
            match headers.get("x-fail")? {
                Some(b"answer to the request") => ask(http, self),
                _ => Ok(Action::Continue),
            }
        }

        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
            let headers = http.response_headers();
            fail(headers, b"response")?;
            match headers.get("x-fail")? {
                Some(b"answer to the response") => ask(http, self),
                _ => Ok(Action::Continue),
            }
        }

        fn on_http_call_response(&mut self, _: &Http<'_>, _: &HttpCallResponse<'_>) -> Result<()> {
            Err(Status::INTERNAL_FAILURE)
        }
    }
}
