//! HTTP callouts, and who waits for the answers to callouts of every kind.

use core::time::Duration;

use crate::arena::Callback;
use crate::buffer::Buffer;
use crate::context::Context;
use crate::fields::{AsFields, Fields};
use crate::hostcall;
use crate::map::Map;
use crate::slots::MANY;
use crate::status::{Result, Status};

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
        self.headers.serialized(|headers| {
            self.trailers.serialized(|trailers| {
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

/// At most as many as fit; of less than one, one: 0 means something else.
#[inline(always)]
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    let seconds = duration.as_secs().saturating_mul(1000);
    match u32::try_from(seconds.saturating_add(duration.subsec_millis().into())) {
        Ok(0) => u32::from(!duration.is_zero()),
        Ok(milliseconds) => milliseconds,
        Err(_) => u32::MAX,
    }
}

/// The host's id of an HTTP callout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct HttpCallId(pub(crate) u32);

/// The answer to an HTTP callout: available in the callback that gets it.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
/// # -> Result<()> {
/// match response.status()? {
///     Some(200) => whit::info!("it says ", response.body().bytes()?),
///     _ if response.failed() => whit::warn!("no answer"),
///     status => whit::warn!("status ", status),
/// }
/// http.continue_request()?;
/// # Ok(())
/// # }
/// # }
/// ```
///
/// Spec: `proxy_on_http_call_response`.
#[derive(Clone, Copy, Debug)]
pub struct HttpCallResponse<'a> {
    call: HttpCallId,
    num_headers: u32,
    body_size: usize,
    callback: Callback<'a>,
}

impl<'a> HttpCallResponse<'a> {
    #[inline(always)]
    pub(crate) const fn new(
        call: u32,
        num_headers: u32,
        body_size: usize,
        callback: Callback<'a>,
    ) -> Self {
        Self { call: HttpCallId(call), num_headers, body_size, callback }
    }

    /// The callout that it answers.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # use whit::HttpCallId;
    /// # #[derive(Default)]
    /// # struct Filter { expected: Option<HttpCallId> }
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// if self.expected == Some(response.call()) {
    ///     http.continue_request()?;
    /// }
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub const fn call(&self) -> HttpCallId {
        self.call
    }

    /// Whether there is no answer: the host could not send the request, or gave up waiting. (Envoy makes a
    /// response of its own of most failures: 503 when it cannot connect, 504 after the timeout.)
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// if response.failed() {
    ///     http.respond(503, Fields::NONE, b"Try again.\n")?;
    /// }
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub const fn failed(&self) -> bool {
        self.num_headers == 0
    }

    /// The header `:status`, if it is a number.
    ///
    /// # Errors
    /// As for [`Map::get`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// if response.status()? == Some(200) {
    ///     http.continue_request()?;
    /// }
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline]
    pub fn status(&self) -> Result<Option<u16>> {
        let status = self.headers().get(crate::field!(":status"))?.unwrap_or_default();
        let [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] = *status else { return Ok(None) };
        let digit = |digit: u8| u16::from(digit & 0xf);
        Ok(Some(
            (digit(a).wrapping_mul(10).wrapping_add(digit(b)))
                .wrapping_mul(10)
                .wrapping_add(digit(c)),
        ))
    }

    /// The answer's headers, to read.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// if let Some(user) = response.headers().get("x-user")? {
    ///     http.request_headers().replace("x-user", user)?;
    /// }
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn headers(&self) -> Map<'a> {
        Map::new(Map::HTTP_CALL_RESPONSE_HEADERS, self.callback)
    }

    /// How many bytes the answer's body has.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// whit::info!(response.body_size(), " bytes");
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub const fn body_size(&self) -> usize {
        self.body_size
    }

    /// The answer's body, to read.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// let first = response.body().get(0, 64)?;
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn body(&self) -> Buffer<'a> {
        Buffer::new(Buffer::HTTP_CALL_RESPONSE_BODY, self.callback)
    }

    /// The answer's trailers, to read.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// let checksum = response.trailers().get("x-checksum")?;
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn trailers(&self) -> Map<'a> {
        Map::new(Map::HTTP_CALL_RESPONSE_TRAILERS, self.callback)
    }
}

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

/// Under which id it is noted that a stream waits and is not deleted: the host counts contexts and calls up, and
/// never so far.
///
/// A host knows a stream for some time after `proxy_on_delete`. Envoy crashes if it is to continue then.
#[inline(always)]
pub(crate) const fn note(context_id: u32) -> u32 {
    !context_id
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
        let noted = !A::NOTED || !HTTP_CALLS.get_or_insert(note(context_id), || 0).is_null();
        if !noted || !HTTP_CALLS.reserve() {
            return Err(Status::INVALID_MEMORY_ACCESS);
        }
        let id = call.send()?;
        HTTP_CALLS.insert(id.0, || context_id);
        Ok(id)
    }
}

/// What an answer to a callout is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    /// A stream, which is now the effective context.
    Stream(u32),
    /// A stream that is gone.
    Gone,
    /// No stream: the plugin, or nobody.
    Plugin,
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

impl Owner {
    #[inline(always)]
    pub(crate) fn enter(context_id: Option<u32>, lives: impl FnOnce(u32) -> bool) -> Self {
        match context_id {
            None => Self::Plugin,
            Some(context_id) if !lives(context_id) => Self::Gone,
            Some(context_id) => match hostcall::set_effective_context(context_id) {
                Ok(()) => Self::Stream(context_id),
                Err(_) => Self::Gone,
            },
        }
    }
}
