#[whit::plugin]
mod plugin {
    use core::time::Duration;

    use whit::prelude::*;

    struct Filter;

    impl StreamFilter for Filter {
        fn on_new_connection(&mut self, stream: &Stream<'_>) -> Action {
            let service = grpc_service!("auth");
            let call = GrpcCall::new(service, "a.Auth", "Check", b"", Duration::from_secs(1));
            let _ = stream.grpc_call(self, &call);
            Action::Pause
        }
    }
}

fn main() {}
