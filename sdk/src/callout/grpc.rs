//! gRPC calls and streams.

use core::time::Duration;

use super::grpc_waiting::{GRPC_CALLS, Waiting};
use super::{GrpcId, GrpcService, note};
use crate::context::Context;
use crate::fields::{AsFields, Fields, INSIDE};
use crate::hostcall;
use crate::slots::BATCH;
use crate::status::{Result, Status};
use crate::time::milliseconds;

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
        metadata.serialized(INSIDE, |metadata| {
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
        metadata.serialized(INSIDE, |metadata| {
            hostcall::grpc_stream(upstream.as_bytes(), service, method, metadata).map(GrpcId)
        })
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
        let noted =
            !A::NOTED || !GRPC_CALLS.get_or_insert::<BATCH>(note(context_id), waiting).is_null();
        if !noted || !GRPC_CALLS.reserve::<BATCH>() {
            return Err(Status::INVALID_MEMORY_ACCESS);
        }
        let id = send()?;
        GRPC_CALLS.insert(id.0, waiting);
        Ok(id)
    }
}
