//! Adds `x-hello: world` to every response.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod add_header {
    use whit::prelude::*;

    struct AddHeader;

    impl HttpFilter for AddHeader {
        fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            // Where the host cannot add it, the response goes on without.
            let _ = http.response_headers().add(field!("x-hello"), field!("world"));
            Action::Continue
        }
    }
}
