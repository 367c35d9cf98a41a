#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    impl HttpFilter for Filter {}

    impl StreamFilter for Filter {}
}

fn main() {}
