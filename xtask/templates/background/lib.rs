//! Counts seconds in the metric `seconds_alive`, beside all traffic.
#![no_std]
#![forbid(unsafe_code)]

#[whit::plugin]
mod service {
    use core::time::Duration;

    use whit::metric::Counter;
    use whit::prelude::*;

    /// One for each VM; a singleton in Envoy has one VM.
    #[derive(Default)]
    struct Service {
        seconds: Counter,
    }

    /// Callbacks that are not written are not exported, and the host never calls them.
    impl Plugin for Service {
        /// An error refuses the plugin.
        fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
            self.seconds = Counter::define("seconds_alive")?;
            plugin.set_tick_period(Duration::from_secs(1))
        }

        /// An error is logged, and the next tick comes all the same.
        fn on_tick(&mut self, _: &PluginContext<'_>) -> Result<()> {
            self.seconds.increment(1)?;
            whit::info!("alive for ", self.seconds.value()?, " s");
            Ok(())
        }
    }
}
