#[whit::plugin]
mod plugin {
    use core::cell::Cell;
    use whit::prelude::*;

    std::thread_local! {
        static KEPT: Cell<&'static [u8]> = const { Cell::new(&[]) };
    }

    struct Filter;

    impl HttpFilter for Filter {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            if let Ok(Some(path)) = http.request_headers().get(field!(":path")) {
                KEPT.set(path);
            }
            Action::Continue
        }
    }
}

fn main() {}
