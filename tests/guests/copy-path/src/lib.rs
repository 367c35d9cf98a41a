//! Copies `:path` to `x-path`, on the way in.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod copy_path {
    use whit::prelude::*;

    struct CopyPath;

    impl HttpFilter for CopyPath {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let headers = http.request_headers();
            let outcome = match headers.get(field!(":path")) {
                Ok(Some(path)) => headers.add(field!("x-path"), path),
                Ok(None) => headers.add(field!("x-path"), field!("none")),
                Err(_) => headers.add(field!("x-path"), field!("error")),
            };
            match outcome {
                Ok(()) => Action::Continue,
                Err(_) => Action::Pause,
            }
        }
    }
}
