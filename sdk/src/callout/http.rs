//! HTTP callouts.

use core::time::Duration;

use super::{Owner, note};
use crate::context::Context;
use crate::fields::{AsFields, Fields, INSIDE};
use crate::hostcall;
use crate::slots::{BATCH, MANY};
use crate::status::{Result, Status};
use crate::time::milliseconds;

/// An HTTP callout: a request that the plugin makes itself.
///
/// [`Context::http_call`] sends it, for a stream or for the plugin.
///
/// Spec: "HTTP calls".
#[derive(Clone, Copy, Debug)]
pub struct HttpCall<'c, H = Fields<'static>, T = Fields<'static>> {
    upstream: &'c [u8],
    headers: H,
    body: &'c [u8],
    trailers: T,
    timeout: Duration,
}

impl<'c, H: AsFields> HttpCall<'c, H> {
    /// A call to an upstream, which in Envoy is the name of a cluster. The headers hold `:method`,
    /// `:path` and `:authority`. Without an answer in `timeout` (milliseconds, less than 50 days) the
    /// call has failed. Envoy waits without limit if it is 0, and refuses one of 25 days or more.
    ///
    /// ```
    /// use core::time::Duration;
    /// use whit::{HttpCall, fields};
    ///
    /// let headers = fields! { ":method": "GET", ":path": "/", ":authority": "auth.internal" };
    /// let call = HttpCall::new("auth", headers, Duration::from_millis(500));
    /// ```
    #[inline(always)]
    pub fn new<U: AsRef<[u8]> + ?Sized>(upstream: &'c U, headers: H, timeout: Duration) -> Self {
        Self { upstream: upstream.as_ref(), headers, body: &[], trailers: Fields::NONE, timeout }
    }
}

impl<'c, H: AsFields, T: AsFields> HttpCall<'c, H, T> {
    /// With this body.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use whit::{HttpCall, fields};
    /// let headers = fields! { ":method": "POST", ":path": "/", ":authority": "auth.internal" };
    /// let call = HttpCall::new("auth", headers, Duration::from_millis(500)).body(b"{}");
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn body(self, body: &'c [u8]) -> Self {
        Self { body, ..self }
    }

    /// With these trailers.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use whit::{HttpCall, fields};
    /// let headers = fields! { ":method": "POST", ":path": "/", ":authority": "auth.internal" };
    /// let call = HttpCall::new("auth", headers, Duration::from_millis(500))
    ///     .body(b"{}")
    ///     .trailers(fields! { "x-checksum": "1" });
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn trailers<U: AsFields>(self, trailers: U) -> HttpCall<'c, H, U> {
        let Self { upstream, headers, body, timeout, .. } = self;
        HttpCall { upstream, headers, body, trailers, timeout }
    }

    #[inline(always)]
    fn send(&self) -> Result<HttpCallId> {
        self.headers.serialized(INSIDE, |headers| {
            self.trailers.serialized(INSIDE, |trailers| {
                hostcall::http_call(
                    self.upstream,
                    headers,
                    self.body,
                    trailers,
                    milliseconds(self.timeout),
                )
                .map(HttpCallId)
            })
        })
    }
}

/// The host's id of an HTTP callout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct HttpCallId(pub(crate) u32);

/// That a type gets the answers to its HTTP callouts: `#[whit::plugin]` says so of one whose `impl` writes
/// `on_http_call_response`, and exports that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` makes HTTP callouts, but nobody gets the answers",
    label = "write `fn on_http_call_response` in the `impl` for `{Self}`"
)]
pub trait AnswersHttpCalls {
    /// Whether it is a stream's value; else a plugin context's.
    const OF_STREAM: bool;
    /// Whether it is noted which streams wait, for they have no values that tell whether they are deleted.
    const NOTED: bool;
}

crate::slots! {
    /// Which stream waits for which HTTP callout.
    static HTTP_CALLS: Slots<u32, MANY>;
}

impl Context<'_> {
    /// Makes an HTTP callout. The answer comes to `answers`, which is the `self` of the callback: to this
    /// stream's own value ([`HttpFilter::on_http_call_response`](crate::HttpFilter::on_http_call_response)),
    /// or to the plugin context's
    /// ([`Plugin::on_http_call_response`](crate::Plugin::on_http_call_response)).
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`]: there is no such upstream, or no
    ///   `:method`, `:path` or `:authority` among the headers, or a name or value that cannot be one.
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
    /// - [`Status::INTERNAL_FAILURE`]: the host could not send it, or
    ///   restricts this capability.
    ///
    /// ```
    /// #[whit::plugin]
    /// mod check {
    ///     use core::time::Duration;
    ///     use whit::prelude::*;
    ///
    ///     struct Check;
    ///
    ///     impl HttpFilter for Check {
    ///         fn on_request_headers(&mut self, http: &Http<'_>, _end: bool) -> Result<Action> {
    ///             let headers = fields! { ":method": "GET", ":path": "/", ":authority": "auth" };
    ///             http.http_call(self, &HttpCall::new("auth", headers, Duration::from_secs(1)))?;
    ///             Ok(Action::Pause)
    ///         }
    ///
    ///         fn on_http_call_response(
    ///             &mut self,
    ///             http: &Http<'_>,
    ///             response: &HttpCallResponse<'_>,
    ///         ) -> Result<()> {
    ///             match response.status()? {
    ///                 Some(200) => http.continue_request(),
    ///                 _ => http.respond(403, Fields::NONE, b"").map(|_| ()),
    ///             }
    ///         }
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// Spec: `proxy_http_call`.
    #[doc(alias = "proxy_http_call")]
    #[inline]
    pub fn http_call<A: AnswersHttpCalls>(
        &self,
        answers: &A,
        call: &HttpCall<'_, impl AsFields, impl AsFields>,
    ) -> Result<HttpCallId> {
        let _ = answers;
        if !A::OF_STREAM {
            return call.send();
        }
        // Before the call: an answer that nobody is known to wait for would be dropped.
        let context_id = self.context_id();
        let noted =
            !A::NOTED || !HTTP_CALLS.get_or_insert::<BATCH>(note(context_id), || 0).is_null();
        if !noted || !HTTP_CALLS.reserve::<BATCH>() {
            return Err(Status::INVALID_MEMORY_ACCESS);
        }
        let id = call.send()?;
        HTTP_CALLS.insert(id.0, || context_id);
        Ok(id)
    }
}

/// Who waits for an HTTP callout, no longer after this.
#[inline(always)]
pub(crate) fn http_call_owner<A: AnswersHttpCalls>(call: u32) -> Owner {
    Owner::enter(HTTP_CALLS.remove(call), |context_id| {
        !A::NOTED || !HTTP_CALLS.get(note(context_id)).is_null()
    })
}

/// `proxy_on_delete`, for streams that are noted.
#[inline(always)]
pub fn forget_http_caller(context_id: u32) {
    HTTP_CALLS.remove(note(context_id));
}
