#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    impl HttpFilter for Filter {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            // The outer handle's slice would be taken back at the end of the scope.
            let mut kept: &[u8] = b"";
            http.scope(self, |_, _| {
                kept = http.request_headers().get(":path").ok().flatten().unwrap_or_default();
            });
            whit::info!(kept);
            Action::Continue
        }
    }
}

fn main() {}
