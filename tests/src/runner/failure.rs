//! What becomes of a plugin whose VM a trap has killed: Envoy's failure policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::boot;
use super::guest::Guest;
use super::worker::Worker;
use crate::case::FailurePolicy;

/// How long after a VM was loaded the next one may be, in nanoseconds. Envoy adds up to half of it, at
/// random.
const BACK_OFF: u64 = 1_000_000_000;

/// Guest and plugin context.
pub(crate) type Place = (usize, u32);

/// Plugins that have started again.
#[derive(Debug, Default)]
pub(crate) struct Reloads {
    /// By the plugin's first place, those after it.
    places: BTreeMap<Place, Vec<Place>>,
    /// By guest, the one that has come after it.
    successors: BTreeMap<usize, usize>,
}

impl Worker {
    /// Where a plugin has run, from its first place on.
    pub(crate) fn places(&self, plugin: Place) -> impl Iterator<Item = Place> {
        let later = self.reloads.places.get(&plugin).into_iter().flatten();
        std::iter::once(plugin).chain(later.copied())
    }

    /// Where a plugin runs.
    pub(crate) fn place(&self, plugin: Place) -> Place {
        self.places(plugin).last().unwrap_or(plugin)
    }

    /// Where the plugin runs that a new stream passes; `None` if the stream passes without it.
    pub(crate) fn serving(&mut self, plugin: Place) -> Option<Place> {
        let place @ (guest, context_id) = self.place(plugin);
        let host = self.guests[guest].store.data();
        if !host.failed {
            return Some(place);
        }
        let context = host.contexts.get(&context_id);
        match context.map_or(host.setup.failure_policy, |context| context.setup.failure_policy) {
            FailurePolicy::Closed => Some(place),
            FailurePolicy::Open => None,
            FailurePolicy::Reload => Some(self.reload(plugin, place).unwrap_or(place)),
        }
    }

    /// Starts a plugin again, in a new VM or in the one in which a plugin of the same VM has.
    fn reload(&mut self, plugin: Place, (guest, context_id): Place) -> Option<Place> {
        let now = self.surroundings.shared().now;
        let dead = &self.guests[guest];
        let setup = Arc::clone(&dead.store.data().contexts.get(&context_id)?.setup);
        let successor = self.reloads.successors.get(&guest).copied();
        let next = match successor.filter(|next| !self.guests[*next].failed()) {
            Some(next) => next,
            None if now < dead.loaded + BACK_OFF => return None,
            None => {
                let setup = &dead.store.data().setup;
                let mut next =
                    Guest::initialize(&dead.code, setup, &self.surroundings, &dead.rig).ok()?;
                let place = self.guests.len();
                next.store.data_mut().place = Some(place);
                self.guests.push(next);
                self.reloads.successors.insert(guest, place);
                if let Some(main) = self.mains.get(&guest).copied() {
                    self.mains.insert(place, main);
                }
                place
            }
        };
        let context_id = boot::start_in(self, next, &setup, "thread-local").ok()?;
        self.reloads.places.entry(plugin).or_default().push((next, context_id));
        Some((next, context_id))
    }
}
