#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    impl HttpFilter for Filter {
        fn on_response_headers(&mut self, _end_of_stream: bool) -> Action {
            Action::Continue
        }
    }
}

fn main() {}
