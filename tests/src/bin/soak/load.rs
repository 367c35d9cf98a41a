//! What is sent to a listener, and for how long.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::listeners::Listener;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::tally::{Tally, add};
use crate::{scenarios, tcp_clients};

/// How long an answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How long a connection is used.
const LIFE: Duration = Duration::from_secs(5);

/// Until when there is load, and what happens meanwhile.
pub(crate) struct Clock {
    pub(crate) began: Instant,
    pub(crate) lasts: Duration,
    /// So many requests are enough, however long they take.
    pub(crate) requests: Option<u64>,
    pub(crate) sent: Cell<u64>,
    /// How often listeners were replaced.
    pub(crate) reloads: Cell<u32>,
    /// Something is so wrong that going on is of no use.
    pub(crate) stopped: Cell<bool>,
}

impl Clock {
    pub(crate) fn goes_on(&self) -> bool {
        !self.stopped.get()
            && match self.requests {
                Some(requests) => self.sent.get() < requests,
                None => self.began.elapsed() < self.lasts,
            }
    }

    pub(crate) fn since(&self) -> Since {
        Since { when: Instant::now(), reloads: self.reloads.get() }
    }
}

/// When a connection was made.
#[derive(Clone, Copy)]
pub(crate) struct Since {
    when: Instant,
    reloads: u32,
}

impl Since {
    /// It is not used any more: its listener is an old one, or it is.
    pub(crate) fn is_old(self, clock: &Clock) -> bool {
        self.reloads != clock.reloads.get() || self.when.elapsed() > LIFE
    }
}

/// A listener, and what is sent to it.
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) tcp: bool,
    pub(crate) clock: Rc<Clock>,
    /// What may be sent over HTTP.
    scenarios: Vec<Scenario>,
    /// What comes of each.
    pub(crate) tallies: Vec<Tally>,
    /// How many connections were made.
    pub(crate) connections: Cell<u64>,
    /// How many of them ended before all that was sent was answered.
    pub(crate) ended: Cell<u64>,
}

impl Target {
    pub(crate) fn new(listener: &Listener, address: String, clock: &Rc<Clock>) -> Self {
        let name = listener.name();
        let scenarios = scenarios::of(listener.chain.name);
        let tallies = if listener.is_tcp() {
            tcp_clients::tallies(&name)
        } else {
            scenarios.iter().map(|scenario| Tally::of(&name, scenario)).collect()
        };
        let (clock, tcp) = (Rc::clone(clock), listener.is_tcp());
        let (connections, ended) = (Cell::default(), Cell::default());
        Self { name, address, tcp, clock, scenarios, tallies, connections, ended }
    }

    /// One of the scenarios that are wanted, by their weights; none if there is none. It counts as sent.
    pub(crate) fn choose(
        &self,
        random: &mut Random,
        wanted: impl Fn(&Scenario) -> bool,
    ) -> Option<(&Scenario, &Tally)> {
        let found = || self.scenarios.iter().zip(&self.tallies).filter(|(it, _)| wanted(it));
        let all: u64 = found().map(|(scenario, _)| scenario.weight).sum();
        let mut at = if all == 0 { 0 } else { random.below(all) };
        let chosen = found().find(|(scenario, _)| {
            let here = at < scenario.weight;
            at = at.saturating_sub(scenario.weight);
            here
        })?;
        self.count(chosen.1);
        Some(chosen)
    }

    /// Something is sent.
    pub(crate) fn count(&self, tally: &Tally) {
        add(&tally.sent, 1);
        add(&self.clock.sent, 1);
    }
}
