//! Calls that wait for their answers.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::callout::{Call, HttpCall};
use super::error::Error;
use super::worker::Worker;

/// Calls that wait for their answer, in the order in which they were made.
#[derive(Debug)]
pub struct Callouts<C = Call>(pub(crate) Vec<C>);

/// A call that waits for its answer.
pub(crate) trait Waits {
    /// What it is called.
    const WHAT: &'static str;
    /// How many calls were made before it.
    fn order(&self) -> u64;
    /// How long it still waits; `None` for as long as it takes.
    fn time_left(&self) -> Option<Duration>;
}

impl Callouts {
    pub(crate) fn of(
        worker: &Rc<RefCell<Worker>>,
        wanted: impl Fn(usize, &HttpCall) -> bool,
    ) -> Self {
        let mut calls = Vec::new();
        for (guest, vm) in worker.borrow().guests.iter().enumerate() {
            for (&token, call) in &vm.store.data().calls {
                if wanted(guest, call) {
                    let (worker, call) = (Rc::clone(worker), call.clone());
                    calls.push(Call { worker, guest, token, call });
                }
            }
        }
        calls.sort_by_key(|call| call.call.order);
        Self(calls)
    }

    /// Those that were made after this many, without a look at the others.
    pub(crate) fn since(worker: &Rc<RefCell<Worker>>, order: u64) -> Self {
        let mut calls = Vec::new();
        for (guest, vm) in worker.borrow().guests.iter().enumerate() {
            let latest = vm.store.data().calls.iter().rev();
            for (&token, call) in latest.take_while(|(_, call)| call.order > order) {
                let (worker, call) = (Rc::clone(worker), call.clone());
                calls.push(Call { worker, guest, token, call });
            }
        }
        calls.sort_by_key(|call| call.call.order);
        Self(calls)
    }
}

#[allow(private_bounds)]
impl<C: Waits> Callouts<C> {
    /// The only one.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub fn one(mut self) -> Result<C, Error> {
        match (self.0.pop(), self.0.len()) {
            (Some(call), 0) => Ok(call),
            (None, _) => Err(Error::NotThere(format!("no {} waits for an answer", C::WHAT))),
            (Some(_), more) => {
                Err(Error::NotThere(format!("{} {}s wait, not one", more + 1, C::WHAT)))
            }
        }
    }
}

impl<C> Callouts<C> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<C> IntoIterator for Callouts<C> {
    type Item = C;
    type IntoIter = std::vec::IntoIter<C>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
