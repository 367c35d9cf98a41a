whit::abi_version!(0_2_0);

#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    impl HttpFilter for Filter {}
}

fn main() {}
