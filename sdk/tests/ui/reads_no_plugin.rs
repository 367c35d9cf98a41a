#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    #[derive(Default)]
    struct Config;

    #[derive(Default)]
    struct Filter;

    impl HttpFilter<Config> for Filter {}
}

fn main() {}
