#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct First;

    impl HttpFilter for First {}

    struct Second;

    impl HttpFilter for Second {}
}

fn main() {}
