//! A host's worker: its VMs, and what runs in them. Everything that happens to a guest happens here.

use std::collections::BTreeMap;

use super::abi::Status;
use super::callout::Ending;
use super::connection::{Connection, Peer};
use super::context::Context;
use super::deferred::{Deferred, What};
use super::failure::Reloads;
use super::guest::{FUEL, Guest};
use super::host::Surroundings;
use super::stream::Stream;
use super::trap::{STACK_OVERFLOW, led_too_far};
use super::way::{End, Way};

/// How deep that may go before the host's stack ends, more or less.
const DEPTH: usize = 100;

/// A worker of a host.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    pub(crate) surroundings: Surroundings,
    pub(crate) guests: Vec<Guest>,
    /// By the VM of this worker: the VM of the same plugins in Envoy's main thread, which is another
    /// of `guests`.
    pub(crate) mains: BTreeMap<usize, usize>,
    pub(crate) streams: BTreeMap<u64, Stream>,
    pub(crate) connections: BTreeMap<u64, Connection>,
    pub(super) reloads: Reloads,
    /// How many callbacks have been called for what callbacks have asked for, one within the other.
    depth: usize,
    /// How many instructions all of them have run.
    led_to: u64,
    /// Something is under way that is one event to Envoy.
    pub(crate) busy: bool,
    /// Of streams and connections.
    pub(crate) next_stream: u64,
}

/// What came of a callback.
pub(crate) struct Called {
    /// Its result, 0 if it has none or is not exported.
    pub(crate) result: u32,
    /// It has sent a local reply: its result does not count.
    pub(crate) replied: bool,
}

impl Worker {
    pub(crate) fn new(surroundings: Surroundings) -> Self {
        Self { surroundings, ..Self::default() }
    }

    /// Calls a callback, without what it leaves to do. `None` if the VM dies of it.
    pub(crate) fn enter(
        &mut self,
        guest: usize,
        context_id: u32,
        name: &'static str,
        args: &[u32],
    ) -> Option<Called> {
        let guest = &mut self.guests[guest];
        let too_much = match () {
            () if self.depth > DEPTH => Some(STACK_OVERFLOW.to_owned()),
            () if self.depth > 0 && self.led_to > FUEL => Some(led_too_far()),
            () => None,
        };
        if let Some(reason) = too_much.filter(|_| guest.exports(name)) {
            guest.refuse(context_id, name, args, &reason);
            guest.store.data_mut().deferred.clear();
            return None;
        }
        let before = guest.instructions();
        let result = guest.call(context_id, name, args).unwrap_or(0);
        self.led_to += guest.instructions() - before;
        let failed = guest.failed();
        let host = guest.store.data_mut();
        let replied = std::mem::take(&mut host.stop_iteration);
        if failed {
            host.deferred.clear();
            return None;
        }
        Some(Called { result, replied })
    }

    /// Calls a callback, then does what its hostcalls asked for.
    pub(crate) fn call(
        &mut self,
        guest: usize,
        context_id: u32,
        name: &'static str,
        args: &[u32],
    ) -> Option<Called> {
        let called = self.enter(guest, context_id, name, args);
        self.run_deferred(guest);
        called
    }

    /// Calls a callback whose result does not matter, unless the VM is dead.
    pub(crate) fn tell(&mut self, guest: usize, context_id: u32, name: &'static str, args: &[u32]) {
        if !self.guests[guest].failed() {
            self.call(guest, context_id, name, args);
        }
    }

    /// Does what the hostcalls of callbacks asked for, in order.
    pub(crate) fn run_deferred(&mut self, guest: usize) {
        if self.depth == 0 {
            self.led_to = 0;
        }
        self.depth += 1;
        while let Some(deferred) = self.guests[guest].store.data_mut().deferred.pop_front() {
            let Deferred { context_id, what } = deferred;
            let Some(context) = self.context(guest, context_id) else { continue };
            let (id, filter) = context.place;
            let plugin = if context.parent == 0 { context_id } else { context.parent };
            match what {
                What::ContinueRequest => self.resume(id, Way::Request, filter),
                What::ContinueResponse => self.resume(id, Way::Response, filter),
                What::Close => self.reset(id),
                What::Reply(reply) => {
                    self.stream(id).local_reply = Some(reply.clone());
                    self.reply(id, reply);
                }
                What::ContinueDownstream => self.read_on(id, filter + 1),
                What::CloseConnection => self.close(id, Peer::Local),
                What::Delete => self.delete(guest, context_id),
                What::GrpcClosed { token, status, message } => {
                    self.grpc_closed(guest, plugin, token, status, &message);
                }
            }
        }
        self.depth -= 1;
    }

    /// As what parts a chunk arrives at a chain that begins in this VM, and whether each is the end.
    pub(crate) fn pieces<'a>(
        &mut self,
        guest: Option<usize>,
        chunk: &'a [u8],
        end: End,
    ) -> Vec<(&'a [u8], bool)> {
        let end = end == End::Yes;
        match guest.and_then(|guest| self.guests.get_mut(guest)) {
            Some(guest) => guest.store.data_mut().limits.faults.pieces(chunk, end),
            None => vec![(chunk, end)],
        }
    }

    pub(crate) fn context(&mut self, guest: usize, context_id: u32) -> Option<&mut Context> {
        self.guests[guest].store.data_mut().contexts.get_mut(&context_id)
    }

    /// Ends a call, with the callback that tells the guest. `false` if it waits no more.
    pub(crate) fn end_call(&mut self, guest: usize, token: u32, ending: Ending) -> bool {
        let host = self.guests[guest].store.data_mut();
        let Some(call) = host.calls.remove(&token) else { return false };
        host.kept.remove(call.size());
        if host.failed {
            return true;
        }
        let context_id = call.context_id;
        let args = match &ending {
            Ending::Reset => [context_id, token, 0, 0, 0],
            Ending::Answered(answer) => [
                context_id,
                token,
                answer.headers.len() as u32,
                answer.body.len() as u32,
                answer.trailers.as_ref().map_or(0, |trailers| trailers.len() as u32),
            ],
        };
        if let Some(context) = host.contexts.get_mut(&context_id) {
            match ending {
                Ending::Answered(answer) => context.answer = Some(answer),
                Ending::Reset => {
                    context.status = (Status::BrokenConnection as u32, "reset".to_owned());
                }
            }
        }
        self.enter(guest, context_id, "proxy_on_http_call_response", &args);
        if let Some(context) = self.context(guest, context_id) {
            context.answer = None;
            context.status.1.clear();
        }
        self.run_deferred(guest);
        true
    }
}
