#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    impl HttpFilter for Filter {
        fn on_request_headers(&mut self, _http: &Http<'_>, _end_of_stream: bool) -> bool {
            true
        }

        fn on_log(&mut self, _http: &Http<'_>) -> Action {
            Action::Continue
        }
    }
}

fn main() {}
