#[whit::plugin]
mod plugin {
    use whit::{Http, HttpFilter as Filter, Plugin};

    struct Root;

    impl Plugin for Root {}

    struct Stream;

    impl Filter for Stream {
        fn on_log(&mut self, _: &Http<'_>) {}
    }
}

fn main() {}
