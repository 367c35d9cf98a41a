//! Shared queues.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};

use super::abi::Status;
use super::guest::{FUEL, Guest};
use super::kept::Kept;
use super::trap::{Fail, Stopped};
use super::worker::Worker;

/// How often plugins are told of messages after one event.
const MOST: u32 = 10_000;

/// The queues of a host process.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    /// By VM id and name.
    tokens: HashMap<(String, Vec<u8>), u32>,
    queues: BTreeMap<u32, Queue>,
    /// Whom to tell of which queue.
    ready: VecDeque<(usize, u32, u32)>,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Vec<u8>>,
    /// Guest and plugin context of the last one that registered it, unless that was a canary.
    registrant: Option<(usize, u32)>,
}

impl Queues {
    /// Makes a queue, or takes one over: the last who registers it is told of messages.
    pub(crate) fn register(
        &mut self,
        vm_id: &str,
        name: Vec<u8>,
        registrant: Option<(usize, u32)>,
        kept: &mut Kept,
    ) -> Result<u32, Stopped> {
        let next = self.queues.len() as u32 + 1;
        let token = match self.tokens.entry((vm_id.to_owned(), name)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                kept.add(new.key().1.len())?;
                *new.insert(next)
            }
        };
        self.queues.entry(token).or_default().registrant = registrant;
        Ok(token)
    }

    pub(crate) fn resolve(&self, vm_id: &str, name: Vec<u8>) -> Result<u32, Status> {
        self.tokens.get(&(vm_id.to_owned(), name)).copied().ok_or(Status::NotFound)
    }

    pub(crate) fn enqueue(
        &mut self,
        token: u32,
        message: Vec<u8>,
        kept: &mut Kept,
    ) -> Result<(), Fail> {
        let queue = self.queues.get_mut(&token).ok_or(Status::NotFound)?;
        kept.add(message.len())?;
        queue.messages.push_back(message);
        if let Some((guest, context_id)) = queue.registrant {
            self.ready.push_back((guest, context_id, token));
        }
        Ok(())
    }

    pub(crate) fn dequeue(&mut self, token: u32, kept: &mut Kept) -> Result<Vec<u8>, Status> {
        let queue = self.queues.get_mut(&token).ok_or(Status::NotFound)?;
        let message = queue.messages.pop_front().ok_or(Status::Empty)?;
        kept.remove(message.len());
        Ok(message)
    }
}

impl Worker {
    /// Tells plugins of messages in their queues, once what filled them is over. A plugin that fills
    /// its queue again and again hears of the rest after the next event.
    pub(crate) fn settle(&mut self) {
        if self.busy {
            return;
        }
        let fuel = |worker: &Self| worker.guests.iter().map(Guest::instructions).sum::<u64>();
        let before = fuel(self);
        for _ in 0..MOST {
            if fuel(self) - before > FUEL {
                break;
            }
            let ready = self.surroundings.shared().queues.ready.pop_front();
            let Some((guest, context_id, token)) = ready else { break };
            if self.context(guest, context_id).is_some() {
                self.tell(guest, context_id, "proxy_on_queue_ready", &[context_id, token]);
            }
        }
    }
}
