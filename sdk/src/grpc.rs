//! gRPC callouts.

use core::time::Duration;

use crate::arena::{self, Callback};
use crate::buffer::Buffer;
use crate::call::{Owner, milliseconds, note};
use crate::context::Context;
use crate::fields::{AsFields, Fields};
use crate::hostcall;
use crate::log::Piece as _;
use crate::proto;
use crate::slots::MANY;
use crate::status::{Result, Status};

/// Where gRPC calls go: in Envoy a serialized `envoy.config.core.v3.GrpcService`.
///
/// Envoy takes a bare cluster name as well, but reads it as such a message first, and aborts on names
/// that happen to be one. So there is none here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrpcService<'s>(&'s [u8]);

impl<'s> GrpcService<'s> {
    /// Bytes that go to the host as they are: for another host, or a `GrpcService` with more than a
    /// cluster's name in it. Envoy aborts on some that are none.
    ///
    /// ```
    /// // A `GrpcService` with a header of its own, from a builder elsewhere.
    /// let bytes: &[u8] = b"\x0a\x06\x0a\x04auth";
    /// let service = whit::GrpcService::raw(bytes);
    /// assert_eq!(service, whit::grpc_service!("auth"));
    /// ```
    #[inline(always)]
    pub const fn raw(bytes: &'s [u8]) -> Self {
        Self(bytes)
    }

    /// What goes to the host.
    #[inline(always)]
    pub const fn as_bytes(self) -> &'s [u8] {
        self.0
    }

    /// `GrpcService { envoy_grpc: EnvoyGrpc { cluster_name } }`
    pub(crate) fn put_together(callback: Callback<'s>, cluster: &[u8]) -> Result<Self> {
        if cluster.is_empty() {
            return Err(Status::BAD_ARGUMENT);
        }
        let name = proto::Bytes(1, cluster);
        // A tag and a length before it.
        arena::text(callback, name.size().wrapping_add(6), |to| {
            let size =
                proto::varint_size(cluster.len()).wrapping_add(1).wrapping_add(cluster.len());
            name.write(proto::length(proto::tag(to, 1, proto::LENGTH), size))
        })
        .map(Self)
    }
}

/// The [`GrpcService`] behind a cluster of Envoy's, serialized at compile time.
///
/// ```
/// let service = whit::grpc_service!("auth");
/// assert_eq!(service.as_bytes(), b"\x0a\x06\x0a\x04auth");
/// ```
#[macro_export]
macro_rules! grpc_service {
    ($cluster:expr) => {{
        const __WHIT_CLUSTER: &[u8] = $cluster.as_bytes();
        const __WHIT_SERVICE: [u8; $crate::__::grpc_service_size(__WHIT_CLUSTER)] =
            $crate::__::serialize_grpc_service(__WHIT_CLUSTER);
        $crate::GrpcService::raw(&__WHIT_SERVICE)
    }};
}

/// The size of a serialized [`GrpcService`].
#[allow(clippy::arithmetic_side_effects)] // At compile time.
pub const fn size(cluster: &[u8]) -> usize {
    assert!(!cluster.is_empty(), "a cluster has a name");
    assert!(cluster.len() < 126, "a constant cluster name has less than 126 bytes");
    cluster.len() + 4
}

/// A serialized [`GrpcService`].
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // At compile time.
pub const fn serialize<const SIZE: usize>(cluster: &[u8]) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let length = cluster.len() as u8;
    (bytes[0], bytes[1], bytes[2], bytes[3]) = (0x0a, length + 2, 0x0a, length);
    let mut i = 0;
    while i < cluster.len() {
        bytes[4 + i] = cluster[i];
        i += 1;
    }
    bytes
}

/// A gRPC call with one message each way.
///
/// [`Context::grpc_call`] sends it, for a stream or for the plugin.
///
/// The answer is either a message (`on_grpc_receive`), after which the call is over, or a status
/// (`on_grpc_close`).
///
/// Spec: "gRPC calls".
#[derive(Clone, Copy, Debug)]
pub struct GrpcCall<'c, M = Fields<'static>> {
    target: Target<'c, M>,
    message: &'c [u8],
    timeout: Duration,
}

/// A gRPC stream to be opened: [`Context::grpc_stream`]. Messages are sent with
/// [`GrpcId::send`].
///
/// Spec: "gRPC calls".
#[derive(Clone, Copy, Debug)]
pub struct GrpcStream<'c, M = Fields<'static>> {
    target: Target<'c, M>,
}

#[derive(Clone, Copy, Debug)]
struct Target<'c, M> {
    upstream: GrpcService<'c>,
    service: &'c [u8],
    method: &'c [u8],
    metadata: M,
}

impl<'c, M> Target<'c, M> {
    #[inline(always)]
    fn with<N>(self, metadata: N) -> Target<'c, N> {
        let Self { upstream, service, method, .. } = self;
        Target { upstream, service, method, metadata }
    }
}

impl<'c> GrpcCall<'c> {
    /// A call of a method (`Check`) of a service (`package.Service`). Without an answer in `timeout` the
    /// call has failed.
    ///
    /// ```
    /// use core::time::Duration;
    /// use whit::{GrpcCall, grpc_service};
    ///
    /// let message: &[u8] = b"\x08\x01";
    /// let timeout = Duration::from_millis(200);
    /// let call = GrpcCall::new(grpc_service!("quota"), "quota.Quota", "Take", message, timeout);
    /// ```
    #[inline(always)]
    pub fn new(
        upstream: GrpcService<'c>,
        service: &'c str,
        method: &'c str,
        message: &'c [u8],
        timeout: Duration,
    ) -> Self {
        let (service, method) = (service.as_bytes(), method.as_bytes());
        let target = Target { upstream, service, method, metadata: Fields::NONE };
        Self { target, message, timeout }
    }
}

impl<'c, M: AsFields> GrpcCall<'c, M> {
    /// With this initial metadata.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use whit::{GrpcCall, fields, grpc_service};
    /// # let timeout = Duration::from_millis(200);
    /// let call = GrpcCall::new(grpc_service!("quota"), "quota.Quota", "Take", b"", timeout)
    ///     .metadata(fields! { "x-tenant": "a" });
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn metadata<N: AsFields>(self, metadata: N) -> GrpcCall<'c, N> {
        let Self { target, message, timeout } = self;
        GrpcCall { target: target.with(metadata), message, timeout }
    }

    #[inline(always)]
    fn send(&self) -> Result<GrpcId> {
        let Target { upstream, service, method, metadata } = &self.target;
        metadata.serialized(|metadata| {
            hostcall::grpc_call(
                upstream.as_bytes(),
                service,
                method,
                metadata,
                self.message,
                milliseconds(self.timeout),
            )
            .map(GrpcId)
        })
    }
}

impl<'c> GrpcStream<'c> {
    /// A stream to a method (`Watch`) of a service (`package.Service`).
    ///
    /// ```
    /// use whit::{GrpcStream, grpc_service};
    /// let stream = GrpcStream::new(grpc_service!("log"), "log.Log", "Write");
    /// ```
    #[inline(always)]
    pub fn new(upstream: GrpcService<'c>, service: &'c str, method: &'c str) -> Self {
        let (service, method) = (service.as_bytes(), method.as_bytes());
        Self { target: Target { upstream, service, method, metadata: Fields::NONE } }
    }
}

impl<'c, M: AsFields> GrpcStream<'c, M> {
    /// With this initial metadata.
    ///
    /// ```
    /// # use whit::{GrpcStream, fields, grpc_service};
    /// let stream = GrpcStream::new(grpc_service!("log"), "log.Log", "Write")
    ///     .metadata(fields! { "x-tenant": "a" });
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn metadata<N: AsFields>(self, metadata: N) -> GrpcStream<'c, N> {
        GrpcStream { target: self.target.with(metadata) }
    }

    #[inline(always)]
    fn open(&self) -> Result<GrpcId> {
        let Target { upstream, service, method, metadata } = &self.target;
        metadata.serialized(|metadata| {
            hostcall::grpc_stream(upstream.as_bytes(), service, method, metadata).map(GrpcId)
        })
    }
}

/// The host's id of a gRPC call or stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct GrpcId(pub(crate) u32);

impl GrpcId {
    /// Sends a message on a stream; with `end_of_stream` it is the last.
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`]: it is a call.
    /// - [`Status::NOT_FOUND`]: there is no such stream any more.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { stream: Option<GrpcId> }
    /// # impl HttpFilter for Filter {
    /// fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end: bool) -> Result<Action> {
    ///     if let Some(stream) = self.stream {
    ///         stream.send(http.request_body().bytes()?, end)?;
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_grpc_send`.
    #[doc(alias = "proxy_grpc_send")]
    #[inline]
    pub fn send(self, message: &[u8], end_of_stream: bool) -> Result<()> {
        hostcall::grpc_send(self.0, message, end_of_stream.into())
    }

    /// Ends the plugin's side of a stream, or cancels a call. A stream still brings what the other side
    /// sends, until that closes.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: there is no such call or stream any more.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { stream: Option<GrpcId> }
    /// # impl HttpFilter for Filter {
    /// fn on_request_trailers(&mut self, _: &Http<'_>) -> Result<Action> {
    ///     if let Some(stream) = self.stream {
    ///         stream.close()?;
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_grpc_close`.
    #[doc(alias = "proxy_grpc_close")]
    #[inline]
    pub fn close(self) -> Result<()> {
        // Of a call nothing follows.
        if GRPC_CALLS.copy(self.0).is_some_and(|waiting| waiting.unary) {
            GRPC_CALLS.remove(self.0);
        }
        hostcall::grpc_close(self.0)
    }

    /// Cancels a call, or resets a stream. No callback about it follows.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: there is no such call or stream any more.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { stream: Option<GrpcId> }
    /// # impl HttpFilter for Filter {
    /// fn on_done(&mut self, _: &Http<'_>) -> bool {
    ///     if let Some(stream) = self.stream.take() {
    ///         let _ = stream.cancel();
    ///     }
    ///     true
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_grpc_cancel`.
    #[doc(alias = "proxy_grpc_cancel")]
    #[inline]
    pub fn cancel(self) -> Result<()> {
        GRPC_CALLS.remove(self.0);
        hostcall::grpc_cancel(self.0)
    }
}

/// A message that a gRPC call or stream brought: available in the callback that gets it.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// fn on_grpc_receive(&mut self, http: &Http<'_>, _: GrpcId, message: &GrpcMessage<'_>) -> Result<()> {
///     let bytes = message.buffer().bytes()?;
///     whit::info!(message.size(), " bytes, first ", bytes.first().copied());
///     http.continue_request()
/// }
/// # }
/// ```
///
/// Spec: `proxy_on_grpc_receive`.
#[derive(Clone, Copy, Debug)]
pub struct GrpcMessage<'a> {
    size: usize,
    callback: Callback<'a>,
}

impl<'a> GrpcMessage<'a> {
    #[inline(always)]
    pub(crate) const fn new(size: usize, callback: Callback<'a>) -> Self {
        Self { size, callback }
    }

    /// How many bytes it has.
    #[inline(always)]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The message, to read: [`proto::Reader`] finds its fields.
    #[inline(always)]
    pub fn buffer(&self) -> Buffer<'a> {
        Buffer::new(Buffer::GRPC_CALL_MESSAGE, self.callback)
    }
}

/// That a type gets the answers to its gRPC callouts: `#[whit::plugin]` says so of one whose `impl`
/// writes `on_grpc_receive` or `on_grpc_close`, and exports both.
#[diagnostic::on_unimplemented(
    message = "`{Self}` makes gRPC callouts, but nobody gets the answers",
    label = "write `fn on_grpc_receive` and `fn on_grpc_close` in the `impl` for `{Self}`"
)]
pub trait AnswersGrpcCalls {
    /// Whether it is a stream's value; else a plugin context's.
    const OF_STREAM: bool;
    /// As for HTTP callouts.
    const NOTED: bool;
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    context_id: u32,
    /// Whether one message is the whole answer.
    unary: bool,
}

crate::slots! {
    /// Which stream waits for which gRPC call or stream.
    static GRPC_CALLS: Slots<Waiting, MANY>;
}

impl Context<'_> {
    /// Makes a gRPC call. The answer comes to `answers`, which is the `self` of the callback: to this
    /// stream's own value, or to the plugin context's, as a message or as a status
    /// ([`HttpFilter::on_grpc_receive`](crate::HttpFilter::on_grpc_receive),
    /// [`HttpFilter::on_grpc_close`](crate::HttpFilter::on_grpc_close)).
    ///
    /// # Errors
    /// - [`Status::PARSE_FAILURE`]: there is no such upstream. (Envoy says
    ///   `INTERNAL_FAILURE`.)
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
    /// - [`Status::INTERNAL_FAILURE`]: the host could not send it, or
    ///   restricts this capability.
    ///
    /// ```
    /// #[whit::plugin]
    /// mod ask {
    ///     use core::time::Duration;
    ///     use whit::prelude::*;
    ///
    ///     struct Ask;
    ///
    ///     impl HttpFilter for Ask {
    ///         fn on_request_headers(&mut self, http: &Http<'_>, _: bool) -> Result<Action> {
    ///             let service = grpc_service!("ask");
    ///             let call = GrpcCall::new(service, "ask.Ask", "May", b"", Duration::from_secs(1));
    ///             http.grpc_call(self, &call)?;
    ///             Ok(Action::Pause)
    ///         }
    ///
    ///         fn on_grpc_receive(
    ///             &mut self,
    ///             http: &Http<'_>,
    ///             _: GrpcId,
    ///             _: &GrpcMessage<'_>,
    ///         ) -> Result<()> {
    ///             http.continue_request()
    ///         }
    ///
    ///         fn on_grpc_close(&mut self, http: &Http<'_>, _: GrpcId, _status: u32) -> Result<()> {
    ///             http.respond(503, Fields::NONE, b"").map(|_| ())
    ///         }
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// Spec: `proxy_grpc_call`.
    #[doc(alias = "proxy_grpc_call")]
    #[inline]
    pub fn grpc_call<A: AnswersGrpcCalls>(
        &self,
        answers: &A,
        call: &GrpcCall<'_, impl AsFields>,
    ) -> Result<GrpcId> {
        self.grpc(answers, true, || call.send())
    }

    /// Opens a gRPC stream. What it brings comes to `answers`, as in [`Context::grpc_call`]. It outlives the
    /// stream that opens it: cancel it in [`HttpFilter::on_done`](crate::HttpFilter::on_done).
    ///
    /// # Errors
    /// As for [`Context::grpc_call`].
    ///
    /// ```
    /// #[whit::plugin]
    /// mod mirror {
    ///     use whit::prelude::*;
    ///
    ///     #[derive(Default)]
    ///     struct Mirror {
    ///         stream: Option<GrpcId>,
    ///     }
    ///
    ///     impl HttpFilter for Mirror {
    ///         fn on_request_headers(&mut self, http: &Http<'_>, _: bool) -> Action {
    ///             let stream = GrpcStream::new(grpc_service!("mirror"), "mirror.Mirror", "Watch");
    ///             self.stream = http.grpc_stream(self, &stream).ok();
    ///             Action::Continue
    ///         }
    ///
    ///         fn on_grpc_close(&mut self, _: &Http<'_>, _: GrpcId, _status: u32) {
    ///             self.stream = None;
    ///         }
    ///
    ///         fn on_done(&mut self, _: &Http<'_>) -> bool {
    ///             if let Some(stream) = self.stream.take() {
    ///                 let _ = stream.cancel();
    ///             }
    ///             true
    ///         }
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// Spec: `proxy_grpc_stream`.
    #[doc(alias = "proxy_grpc_stream")]
    #[inline]
    pub fn grpc_stream<A: AnswersGrpcCalls>(
        &self,
        answers: &A,
        stream: &GrpcStream<'_, impl AsFields>,
    ) -> Result<GrpcId> {
        self.grpc(answers, false, || stream.open())
    }

    #[inline(always)]
    fn grpc<A: AnswersGrpcCalls>(
        &self,
        _: &A,
        unary: bool,
        send: impl FnOnce() -> Result<GrpcId>,
    ) -> Result<GrpcId> {
        if !A::OF_STREAM {
            return send();
        }
        // As for HTTP callouts.
        let context_id = self.context_id();
        let waiting = || Waiting { context_id, unary };
        let noted = !A::NOTED || !GRPC_CALLS.get_or_insert(note(context_id), waiting).is_null();
        if !noted || !GRPC_CALLS.reserve() {
            return Err(Status::INVALID_MEMORY_ACCESS);
        }
        let id = send()?;
        GRPC_CALLS.insert(id.0, waiting);
        Ok(id)
    }
}

/// Who waits for a gRPC call or stream; no longer after this if it is over.
#[inline(always)]
pub(crate) fn grpc_owner<A: AnswersGrpcCalls>(id: u32, event: GrpcEvent) -> Owner {
    let context_id = grpc_context(id, event);
    Owner::enter((context_id != NOBODY).then_some(context_id), |context_id| {
        !A::NOTED || !GRPC_CALLS.get(note(context_id)).is_null()
    })
}

/// `proxy_on_delete`, for streams that are noted.
#[inline(always)]
pub fn forget_grpc_caller(context_id: u32) {
    GRPC_CALLS.remove(note(context_id));
}

/// An id that no host gives a context: it would have to count so far.
const NOBODY: u32 = u32::MAX;

/// The stream that waits, or [`NOBODY`]: one word, which a function can return without memory.
#[inline]
fn grpc_context(id: u32, event: GrpcEvent) -> u32 {
    let Some(waiting) = GRPC_CALLS.copy(id) else { return NOBODY };
    if matches!(event, GrpcEvent::Close) || (waiting.unary && matches!(event, GrpcEvent::Message)) {
        GRPC_CALLS.remove(id);
    }
    waiting.context_id
}

/// What happened to a gRPC call or stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GrpcEvent {
    Metadata,
    Message,
    Close,
}
