//! A gRPC call of a guest, and how a test answers it.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::super::callouts::Waits;
use super::super::error::Error;
use super::super::headers::Headers;
use super::super::known;
use super::super::worker::Worker;
use super::{INTERNAL, UNAVAILABLE};

/// A call, or a stream, that is under way.
#[derive(Clone, Debug)]
pub(crate) struct PendingGrpc {
    /// How many calls were made before it, by any guest.
    pub(crate) order: u64,
    /// The plugin context that gets the answer.
    pub(crate) context_id: u32,
    /// The context that made it.
    pub(crate) made_by: u32,
    pub(crate) cluster: String,
    /// What the request begins with.
    pub(crate) headers: Headers,
    pub(crate) messages: Vec<Vec<u8>>,
    /// How many bytes it holds.
    pub(crate) kept: usize,
    /// The guest sends no more messages.
    pub(crate) ended: bool,
    /// It is a stream.
    pub(crate) stream: bool,
    /// The response has begun.
    pub(crate) begun: bool,
    /// Of a stream: `proxy_grpc_close` was called.
    pub(crate) local_closed: bool,
    pub(crate) remote_closed: bool,
    pub(crate) timeout: Option<Duration>,
    /// When it ends without an answer.
    pub(crate) deadline: Option<u64>,
}

/// A gRPC call of a guest, or a stream.
pub struct GrpcCall {
    pub(crate) worker: Rc<RefCell<Worker>>,
    pub(crate) guest: usize,
    pub(crate) token: u32,
    call: PendingGrpc,
}

impl fmt::Debug for GrpcCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcCall").field("token", &self.token).field("call", &self.call).finish()
    }
}

impl GrpcCall {
    pub(crate) fn all(
        worker: &Rc<RefCell<Worker>>,
        wanted: impl Fn(usize, &PendingGrpc) -> bool,
    ) -> Vec<Self> {
        let mut calls = Vec::new();
        for (guest, vm) in worker.borrow().guests.iter().enumerate() {
            for (&token, call) in &vm.store.data().grpc {
                if !call.remote_closed && wanted(guest, call) {
                    let (worker, call) = (Rc::clone(worker), call.clone());
                    calls.push(Self { worker, guest, token, call });
                }
            }
        }
        calls.sort_by_key(|call| call.call.order);
        calls
    }

    /// The cluster that it goes to.
    pub fn cluster(&self) -> &str {
        &self.call.cluster
    }

    /// What the request begins with: `:path` is `/service/method`, and the metadata are headers.
    pub fn headers(&self) -> &Headers {
        &self.call.headers
    }

    /// The messages that the guest has sent, until now.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        self.now().map_or_else(|| self.call.messages.clone(), |call| call.messages)
    }

    /// Whether the guest sends no more.
    pub fn has_ended(&self) -> bool {
        self.now().map_or(self.call.ended, |call| call.ended)
    }

    /// Whether it is a stream.
    pub fn is_stream(&self) -> bool {
        self.call.stream
    }

    /// How long it waits for its answer; `None` for as long as it takes.
    pub fn timeout(&self) -> Option<Duration> {
        self.call.timeout
    }

    /// Answers a call with a message and status OK.
    ///
    /// # Errors
    /// It waits no more.
    pub fn reply(&self, message: impl AsRef<[u8]>) -> Result<(), Error> {
        self.message(message)?;
        self.still_waits(self.call.stream)?;
        if self.call.stream { self.close(0, "", Headers::new()) } else { Ok(()) }
    }

    /// The response begins: a stream is told, a call is not.
    ///
    /// # Errors
    /// It waits no more.
    pub fn initial_metadata(&self, headers: impl Into<Headers>) -> Result<(), Error> {
        let mut all = response();
        all.extend(&headers.into());
        let all = all.kept(known::RESPONSE);
        self.waits(|worker| worker.grpc_initial_metadata(self.guest, self.token, all))
    }

    /// A message arrives. A call ends with it.
    ///
    /// # Errors
    /// It waits no more.
    pub fn message(&self, message: impl AsRef<[u8]>) -> Result<(), Error> {
        if self.now().is_some_and(|call| !call.begun) {
            self.initial_metadata(Headers::new())?;
        }
        self.waits(|worker| worker.grpc_message(self.guest, self.token, message.as_ref()))
    }

    /// The response ends with this status, message and further trailing metadata.
    ///
    /// # Errors
    /// It waits no more.
    pub fn close(
        &self,
        status: u32,
        message: &str,
        trailing: impl Into<Headers>,
    ) -> Result<(), Error> {
        self.waits(|worker| {
            let (guest, token) = (self.guest, self.token);
            worker.grpc_end(guest, token, (status, message, "via_upstream"), &trailing.into());
        })
    }

    /// Envoy ends it with this status, message and details, for a reason of its own.
    pub(crate) fn fail(&self, (message, details): (&str, &str)) -> Result<(), Error> {
        self.waits(|worker| {
            let why = (UNAVAILABLE, message, details);
            worker.grpc_end(self.guest, self.token, why, &Headers::new());
        })
    }

    /// The answer has no message, which is no success.
    pub(crate) fn end_without_message(&self) -> Result<(), Error> {
        self.waits(|worker| worker.grpc_close(self.guest, self.token, INTERNAL, ""))
    }

    /// Nobody listens.
    ///
    /// # Errors
    /// It waits no more.
    pub fn refuse(&self) -> Result<(), Error> {
        self.fail(REFUSED)
    }

    /// The server breaks it off before it answers.
    ///
    /// # Errors
    /// It waits no more.
    pub fn reset(&self) -> Result<(), Error> {
        self.fail(RESET)
    }

    /// No answer comes in time.
    ///
    /// # Errors
    /// It waits no more.
    pub fn time_out(&self) -> Result<(), Error> {
        self.fail(TIMED_OUT)
    }

    fn now(&self) -> Option<PendingGrpc> {
        let worker = self.worker.borrow();
        worker.guests[self.guest].store.data().grpc.get(&self.token).cloned()
    }

    fn still_waits(&self, wanted: bool) -> Result<(), Error> {
        let waits = self.now().is_some_and(|call| !call.remote_closed);
        if waits || !wanted { Ok(()) } else { Err(over()) }
    }

    fn waits(&self, then: impl FnOnce(&mut Worker)) -> Result<(), Error> {
        self.still_waits(true)?;
        let mut worker = self.worker.borrow_mut();
        then(&mut worker);
        worker.settle();
        Ok(())
    }
}

fn over() -> Error {
    Error::NotThere("the gRPC call waits for no answer any more".to_owned())
}

/// What Envoy says of a connection that is refused, and what details it gives.
const REFUSED: (&str, &str) = (
    "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
    "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}",
);
const RESET: (&str, &str) = (
    "upstream connect error or disconnect/reset before headers. reset reason: remote reset",
    "upstream_reset_before_response_started{remote_reset}",
);
pub(crate) const TIMED_OUT: (&str, &str) = ("upstream request timeout", "response_timeout");

/// What every response begins with.
pub(super) fn response() -> Headers {
    Headers::from([(":status", "200"), ("content-type", "application/grpc")])
}

impl Waits for GrpcCall {
    const WHAT: &'static str = "gRPC call";

    fn order(&self) -> u64 {
        self.call.order
    }

    fn time_left(&self) -> Option<Duration> {
        let now = self.worker.borrow().surroundings.shared().now;
        self.call.deadline.map(|deadline| Duration::from_nanos(deadline.saturating_sub(now)))
    }
}
