//! Panics with a message and an argument.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod panics {
    use whit::prelude::*;

    struct Panics;

    impl HttpFilter for Panics {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            panic!("the stream {} is too much", http.context_id());
        }
    }
}
