#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    impl HttpFilter for Filter {
        fn on_reponse_headers(&mut self, _http: &Http<'_>, _end_of_stream: bool) -> Action {
            Action::Continue
        }
    }
}

fn main() {}
