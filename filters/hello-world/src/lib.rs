//! Greets, and then tells the time and a lucky number every five seconds.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod hello_world {
    use core::time::Duration;

    use whit::info;
    use whit::prelude::*;
    use whit::time::Timestamp;

    struct HelloWorld;

    impl Plugin for HelloWorld {
        fn on_vm_start(&mut self, plugin: &PluginContext<'_>, _size: usize) -> bool {
            info!("Hello, World!");
            plugin.set_tick_period(Duration::from_secs(5)).is_ok()
        }

        fn on_tick(&mut self, _: &PluginContext<'_>) {
            if let Ok(now) = Timestamp::now()
                && let Ok([lucky]) = whit::random_array()
            {
                info!("It's ", now, ", your lucky number is ", lucky, ".");
            }
        }
    }
}
