#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    #[derive(Default)]
    struct Config {
        limit: u32,
    }

    impl Plugin for Config {}

    struct Filter;

    impl HttpFilter<self::Config> for Filter {}
}

fn main() {}
