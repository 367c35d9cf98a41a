#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    impl HttpFilter for Filter {
        fn on_log(&mut self, _: &Http<'_>) {}

        fn on_log(&mut self, _: &Http<'_>) {}
    }
}

fn main() {}
