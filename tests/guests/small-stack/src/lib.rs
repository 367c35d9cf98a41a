//! Keeps more on the stack than the 4 KiB that .cargo/config.toml gives it.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod small_stack {
    use core::hint::black_box;
    use whit::prelude::*;

    struct SmallStack;

    impl HttpFilter for SmallStack {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let mut bytes = [0; 6000];
            for byte in black_box(&mut bytes) {
                *byte = b'a';
            }
            let _ = http.request_headers().add(field!("x-bytes"), black_box(&bytes[..]));
            Action::Continue
        }
    }
}
