struct Filter;

#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    use super::Filter;

    impl HttpFilter for Filter {}
}

fn main() {}
