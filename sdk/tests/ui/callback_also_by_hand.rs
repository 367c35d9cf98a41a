whit::vm_start!(true);

#[whit::plugin]
mod plugin {
    use whit::prelude::*;

    struct Root;

    impl Plugin for Root {
        fn on_vm_start(&mut self, _: &PluginContext<'_>, _size: usize) -> bool {
            true
        }
    }
}

fn main() {}
