#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    #[cfg(all())]
    /// Documented.
    impl HttpFilter for Filter {}
}

fn main() {}
