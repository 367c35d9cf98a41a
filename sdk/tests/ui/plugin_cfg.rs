#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    #[cfg(all())]
    impl HttpFilter for Filter {}
}

fn main() {}
