#[whit::plugin]
mod plugin {
    use core::time::Duration;

    use whit::prelude::*;

    struct Filter;

    impl HttpFilter for Filter {
        fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
            let headers = fields! { ":method": "GET", ":path": "/", ":authority": "auth" };
            let call = HttpCall::new("auth", headers, Duration::from_secs(1));
            let _ = http.http_call(self, &call);
            Action::Pause
        }
    }
}

fn main() {}
