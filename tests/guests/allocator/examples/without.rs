//! A plugin that uses `Vec` without having chosen an allocator: it does not build for wasm. (On the host
//! std has one.)
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

#[whit::plugin]
mod without {
    use alloc::vec::Vec;

    use whit::prelude::*;

    struct Without;

    impl HttpFilter for Without {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let names: Vec<&[u8]> = match http.request_headers().pairs() {
                Ok(pairs) => pairs.map(|(name, _)| name).collect(),
                Err(_) => Vec::new(),
            };
            whit::info!(names.len(), " fields");
            Action::Continue
        }
    }
}
