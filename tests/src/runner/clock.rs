//! What falls due: ticks, and calls that have waited too long.

use std::time::Duration;

use super::callout::Ending;
use super::grpc::{TIMED_OUT, UNAVAILABLE};
use super::headers::Headers;
use super::worker::Worker;

/// When a plugin context's next tick is due, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    pub(crate) period: u64,
    pub(crate) due: u64,
}

/// What falls due in a VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// Of a call.
    Timeout(u32),
    /// Of a gRPC call.
    GrpcTimeout(u32),
    /// Of a plugin context.
    Tick(u32),
}

impl Worker {
    /// Moves the clock on, and does what falls due on the way.
    pub(crate) fn advance(&mut self, by: Duration) {
        let until = self.surroundings.shared().now.saturating_add(by.as_nanos() as u64);
        while let Some((due, guest, event)) = self.next_event().filter(|(due, ..)| *due <= until) {
            let now = self.surroundings.shared().now;
            self.surroundings.shared().now = now.max(due);
            match event {
                Event::Timeout(token) => {
                    self.end_call(guest, token, Ending::timed_out());
                }
                Event::GrpcTimeout(token) => {
                    let (message, details) = TIMED_OUT;
                    let why = (UNAVAILABLE, message, details);
                    self.grpc_end(guest, token, why, &Headers::new());
                }
                Event::Tick(context_id) => self.tick(guest, context_id),
            }
        }
        // A callback that waits may have moved it further.
        let mut shared = self.surroundings.shared();
        shared.now = shared.now.max(until);
    }

    fn next_event(&self) -> Option<(u64, usize, Event)> {
        let of_guest = |(guest, vm): (usize, &super::guest::Guest)| {
            let host = vm.store.data();
            let calls = host.calls.iter();
            let timeouts =
                calls.filter_map(|(token, call)| Some((call.deadline?, Event::Timeout(*token))));
            let grpc = host.grpc.iter();
            let grpc =
                grpc.filter_map(|(token, call)| Some((call.deadline?, Event::GrpcTimeout(*token))));
            let timeouts = timeouts.chain(grpc);
            let ticks = host.timers.iter().map(|(id, timer)| (timer.due, Event::Tick(*id)));
            let (due, event) = timeouts.chain(ticks).min()?;
            Some((due, guest, event))
        };
        self.guests.iter().enumerate().filter_map(of_guest).min()
    }

    fn tick(&mut self, guest: usize, context_id: u32) {
        let host = self.guests[guest].store.data_mut();
        let before = host.timers.get(&context_id).copied();
        if !host.failed {
            self.call(guest, context_id, "proxy_on_tick", &[context_id]);
        }
        let host = self.guests[guest].store.data_mut();
        let now = host.shared().now;
        let dead = host.failed;
        // A period that the callback has set counts from now.
        match host.timers.get_mut(&context_id) {
            Some(_) if dead => drop(host.timers.remove(&context_id)),
            Some(timer) if before.is_some_and(|before| before.due == timer.due) => {
                timer.due = now + timer.period;
            }
            Some(_) | None => {}
        }
    }
}
