#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter {
        _count: u32,
    }

    impl HttpFilter for Filter {
        fn on_log(&mut self, _: &Http<'_>) {}
    }
}

fn main() {}
