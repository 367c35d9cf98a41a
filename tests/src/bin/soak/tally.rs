//! What was sent, and what came of it.

use std::cell::{Cell, RefCell};

use crate::scenario::{Answer, Scenario};

/// Of one scenario on one listener.
pub(crate) struct Tally {
    pub(crate) listener: String,
    pub(crate) scenario: &'static str,
    /// Requests, each once; of TCP, connections.
    pub(crate) sent: Cell<u64>,
    /// What was sent again, because the connection ended before it was looked at.
    pub(crate) again: Cell<u64>,
    /// Of each answer that it may have, how often that came.
    pub(crate) answers: Vec<(String, Cell<u64>)>,
    /// Clients that left on purpose.
    pub(crate) left: Cell<u64>,
    pub(crate) unexpected: Cell<u64>,
    /// Of the statuses 1xx to 5xx, how many there were.
    pub(crate) classes: [Cell<u64>; 5],
    /// What came instead of what was expected: the first ones.
    pub(crate) examples: RefCell<Vec<String>>,
}

pub(crate) fn add(cell: &Cell<u64>, more: u64) {
    cell.set(cell.get() + more);
}

impl Tally {
    /// With summaries of the answers that there may be.
    pub(crate) fn new(listener: &str, scenario: &'static str, answers: Vec<String>) -> Self {
        Self {
            listener: listener.to_owned(),
            scenario,
            sent: Cell::default(),
            again: Cell::default(),
            answers: answers.into_iter().map(|answer| (answer, Cell::default())).collect(),
            left: Cell::default(),
            unexpected: Cell::default(),
            classes: Default::default(),
            examples: RefCell::default(),
        }
    }

    pub(crate) fn of(listener: &str, scenario: &Scenario) -> Self {
        let answers = scenario.expects.iter().map(|expect| expect.summary()).collect();
        Self::new(listener, scenario.name, answers)
    }

    pub(crate) fn answered(&self) -> u64 {
        self.answers.iter().map(|(_, count)| count.get()).sum()
    }

    /// An answer has come.
    pub(crate) fn answer(&self, scenario: &Scenario, answer: &Answer) {
        if let Some(class) = self.classes.get(usize::from(answer.status / 100).wrapping_sub(1)) {
            add(class, 1);
        }
        match scenario.place_of(answer) {
            Some(place) => self.came(place),
            None => self.unexpected(answer.summary()),
        }
    }

    /// The answer at this place has come.
    pub(crate) fn came(&self, place: usize) {
        if let Some((_, count)) = self.answers.get(place) {
            add(count, 1);
        }
    }

    /// Something else has come.
    pub(crate) fn unexpected(&self, what: String) {
        add(&self.unexpected, 1);
        let mut examples = self.examples.borrow_mut();
        if examples.len() < 3 {
            examples.push(what);
        }
    }
}
