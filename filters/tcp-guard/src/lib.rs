//! Lets TCP connections in by address, by how many there are, and by how many bytes they move.
#![no_std]
#![forbid(unsafe_code)]

mod address;
mod config;
mod count;
mod networks;

#[whit::plugin]
mod tcp_guard {
    use whit::json;
    use whit::metric::{Counter, Gauge};
    use whit::prelude::*;

    use crate::address::{self, Address};
    use crate::config::Config;
    use crate::count::{self, Refused};
    use crate::networks::room_for;

    #[derive(Default)]
    struct Guard {
        config: Config,
        seed: u64,
        metrics: Metrics,
    }

    #[derive(Default)]
    struct Metrics {
        open: Gauge,
        accepted: Counter,
        denied_unknown: Counter,
        denied_by_list: Counter,
        denied_connections: Counter,
        denied_of_address: Counter,
        failed: Counter,
        closed_from_client: Counter,
        closed_to_client: Counter,
    }

    impl Plugin for Guard {
        fn on_configure(
            &mut self,
            plugin: &PluginContext<'_>,
            size: usize,
        ) -> json::Result<(), json::Error> {
            let room = plugin.keep_mut(plugin.scratch(room_for(size))?);
            self.config = plugin.keep_json_configuration(|value| Config::read(value, room))?;
            self.prepare(plugin)?;
            let metrics = &mut self.metrics;
            metrics.open = Gauge::define("tcp_guard.open")?;
            for (counter, name) in [
                (&mut metrics.accepted, "tcp_guard.accepted"),
                (&mut metrics.denied_unknown, "tcp_guard.denied_unknown"),
                (&mut metrics.denied_by_list, "tcp_guard.denied_by_list"),
                (&mut metrics.denied_connections, "tcp_guard.denied_connections"),
                (&mut metrics.denied_of_address, "tcp_guard.denied_of_address"),
                (&mut metrics.failed, "tcp_guard.failed"),
                (&mut metrics.closed_from_client, "tcp_guard.closed_from_client"),
                (&mut metrics.closed_to_client, "tcp_guard.closed_to_client"),
            ] {
                *counter = Counter::define(name)?;
            }
            Ok(())
        }
    }

    impl Guard {
        /// Sees to it that what is shared is there.
        fn prepare(&mut self, context: &PluginContext<'_>) -> Result<()> {
            if self.config.connections != 0 {
                count::prepare(context, self.total(context)?, &[0; 4])?;
            }
            if self.config.connections_of_address == 0 {
                return Ok(());
            }
            let key = text!(context, "tcp-guard/", self.config.name, "/seed")?;
            let mut seed = [0; 8];
            whit::random(&mut seed)?;
            count::prepare(context, key, &seed)?;
            let seed = context.shared_data(key)?.and_then(|(seed, _)| seed.try_into().ok());
            self.seed = seed.map_or(0, u64::from_le_bytes);
            (0..self.config.slots)
                .try_for_each(|slot| count::prepare(context, self.slot(context, slot)?, &[0; 4]))
        }

        fn total<'a>(&self, context: &whit::Context<'a>) -> Result<&'a [u8]> {
            text!(context, "tcp-guard/", self.config.name, "/connections")
        }

        /// Another number of slots has other counters.
        fn slot<'a>(&self, context: &whit::Context<'a>, slot: u32) -> Result<&'a [u8]> {
            let Config { name, slots, .. } = self.config;
            text!(context, "tcp-guard/", name, "/", slots, "/", slot)
        }

        /// Whether a connection is let in, and if not, what counts that.
        fn admit(
            &self,
            context: &whit::Context<'_>,
            counted: &mut Counted,
        ) -> core::result::Result<(), Counter> {
            let Self { config, metrics, .. } = self;
            let address = context.property(property::SOURCE_ADDRESS).ok().flatten();
            let Some(address) = address.and_then(address::endpoint) else {
                return Err(metrics.denied_unknown);
            };
            if config.deny.hold(&address)
                || !config.allow.is_empty() && !config.allow.hold(&address)
            {
                return Err(metrics.denied_by_list);
            }
            let reason = |full| {
                move |refused| match refused {
                    Refused::Full => full,
                    Refused::Failed => metrics.failed,
                }
            };
            if config.connections != 0 {
                let key = self.total(context).map_err(|_| metrics.failed)?;
                let full = reason(metrics.denied_connections);
                count::take(context, key, config.connections).map_err(full)?;
                counted.total = true;
            }
            if config.connections_of_address != 0 {
                let slot = count::slot(&self.who(address), self.seed, config.slots);
                let key = self.slot(context, slot).map_err(|_| metrics.failed)?;
                let full = reason(metrics.denied_of_address);
                count::take(context, key, config.connections_of_address).map_err(full)?;
                counted.slot = Some(slot);
            }
            Ok(())
        }

        /// What of an address tells who it is.
        fn who(&self, address: Address) -> Address {
            let bits = if address::is_ipv4(&address) { 128 } else { self.config.ipv6_bits };
            address::masked(address, bits)
        }

        /// What a connection was counted for is given back.
        fn release(&self, context: &whit::Context<'_>, counted: &mut Counted) {
            if core::mem::take(&mut counted.total)
                && let Ok(key) = self.total(context)
            {
                count::give_back(context, key);
            }
            if let Some(slot) = counted.slot.take()
                && let Ok(key) = self.slot(context, slot)
            {
                count::give_back(context, key);
            }
        }
    }

    /// Where a connection is counted.
    #[derive(Default)]
    struct Counted {
        total: bool,
        slot: Option<u32>,
    }

    #[derive(Default)]
    struct Connection {
        counted: Counted,
        open: bool,
        from_client: u64,
        to_client: u64,
    }

    impl StreamFilter<Guard> for Connection {
        /// With a `Result`, for which a connection without memory is refused.
        fn on_new_connection(&mut self, stream: &Stream<'_, Guard>) -> Result<Action> {
            let guard = stream.plugin();
            match guard.admit(stream, &mut self.counted) {
                Ok(()) => {
                    self.open = true;
                    let _ = guard.metrics.open.change(1);
                    let _ = guard.metrics.accepted.increment(1);
                    Ok(Action::Continue)
                }
                Err(reason) => {
                    guard.release(stream, &mut self.counted);
                    Ok(close(stream, reason))
                }
            }
        }

        fn on_downstream_data(
            &mut self,
            stream: &Stream<'_, Guard>,
            size: usize,
            _end: bool,
        ) -> Action {
            let Guard { config, metrics, .. } = stream.plugin();
            match fits(&mut self.from_client, size, config.bytes_from_client) {
                true => Action::Continue,
                false => close(stream, metrics.closed_from_client),
            }
        }

        fn on_upstream_data(
            &mut self,
            stream: &Stream<'_, Guard>,
            size: usize,
            _end: bool,
        ) -> Action {
            let Guard { config, metrics, .. } = stream.plugin();
            match fits(&mut self.to_client, size, config.bytes_to_client) {
                true => Action::Continue,
                false => close(stream, metrics.closed_to_client),
            }
        }

        fn on_delete(&mut self, stream: &Stream<'_, Guard>) {
            let guard = stream.plugin();
            guard.release(stream, &mut self.counted);
            if core::mem::take(&mut self.open) {
                let _ = guard.metrics.open.change(-1);
            }
        }
    }

    /// Adds what has come; whether that is not too much.
    fn fits(sum: &mut u64, size: usize, most: u64) -> bool {
        *sum = sum.saturating_add(size as u64);
        most == 0 || *sum <= most
    }

    fn close(stream: &Stream<'_, Guard>, reason: Counter) -> Action {
        let _ = reason.increment(1);
        let _ = stream.close_downstream();
        Action::Pause
    }
}
