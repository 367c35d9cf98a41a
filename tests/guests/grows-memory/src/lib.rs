//! Grows memory by a page of its own, as an allocator does, then copies `:path` to `x-path`.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod grows_memory {
    use whit::prelude::*;

    struct GrowsMemory;

    impl HttpFilter for GrowsMemory {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            #[cfg(target_arch = "wasm32")]
            core::arch::wasm32::memory_grow(0, 1);

            let headers = http.request_headers();
            let _ = match headers.get(field!(":path")) {
                Ok(path) => headers.add(field!("x-path"), path.unwrap_or_default()),
                Err(status) => {
                    let refused = status == Status::INVALID_MEMORY_ACCESS;
                    headers.add("x-path", if refused { "refused" } else { "error" })
                }
            };
            Action::Continue
        }
    }
}
