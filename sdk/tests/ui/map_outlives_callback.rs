#[whit::plugin]
mod plugin {
    use core::cell::Cell;
    use whit::prelude::*;

    std::thread_local! {
        static KEPT: Cell<Option<Map<'static>>> = const { Cell::new(None) };
    }

    struct Filter;

    impl HttpFilter for Filter {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            KEPT.set(Some(http.request_headers()));
            Action::Continue
        }
    }
}

fn main() {}
