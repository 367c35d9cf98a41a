macro_rules! callbacks {
    () => {};
}

#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Filter;

    impl HttpFilter for Filter {
        callbacks!();
    }
}

fn main() {}
