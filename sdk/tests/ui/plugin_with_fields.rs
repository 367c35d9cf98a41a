#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter {
        count: u32,
    }

    impl HttpFilter for Filter {}
}

fn main() {}
