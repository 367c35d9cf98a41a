//! HTTP streams.

use crate::arena::{Callback, callback};
use crate::buffer::Buffer;
use crate::fields::AsFields;
use crate::hostcall;
use crate::map::Map;
use crate::outcome::{LastOutcome, Outcome, Policy};
use crate::status::Result;

/// What the host does with the stream after a callback: the spec's `proxy_action_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[doc(alias = "proxy_action_t")]
pub enum Action {
    /// The stream goes on.
    Continue = 0,
    /// The stream waits.
    ///
    /// In a body callback, the host buffers what has arrived, and calls again with the next chunk.
    ///
    /// In a header callback, it waits until the host gives it up: nothing here continues it. There, Envoy stops the whole stream, bodies included, unless the plugin's
    /// `allow_on_headers_stop_iteration` is set.
    Pause = 1,
}

/// A plugin for HTTP streams. A callback that the `impl` does not write is not exported, so the
/// host never calls it.
///
/// A callback returns an [`Action`], or a [`Result<Action>`]: see [`Outcome`]. The last one,
/// [`HttpFilter::on_log`], returns nothing, or a `Result<()>`.
///
/// Spec: "HTTP streams".
pub trait HttpFilter {
    /// The request's headers have arrived.
    ///
    /// `end_of_stream` is true when neither body nor trailers follow.
    ///
    /// An error that it lets out is logged, and the stream is answered with a 500.
    ///
    /// Spec: `proxy_on_request_headers`.
    #[doc(alias = "proxy_on_request_headers")]
    fn on_request_headers(&mut self, http: &Http<'_>, end_of_stream: bool) -> impl Outcome {
        let _ = (http, end_of_stream);
        Action::Continue
    }

    /// The response's headers have arrived, from the upstream or from a local reply.
    ///
    /// `end_of_stream` is true when neither body nor trailers follow.
    ///
    /// An error that it lets out is logged, and the client gets a 500 instead of this response.
    ///
    /// Spec: `proxy_on_response_headers`.
    #[doc(alias = "proxy_on_response_headers")]
    fn on_response_headers(&mut self, http: &Http<'_>, end_of_stream: bool) -> impl Outcome {
        let _ = (http, end_of_stream);
        Action::Continue
    }

    /// A chunk of the request's body has arrived, of `size` bytes; after [`Action::Pause`], which
    /// buffers, `size` is that of all that has arrived since.
    ///
    /// `end_of_stream` is true when no more follows. Envoy's last chunk is often an empty one.
    ///
    /// An error that it lets out is logged, and the stream is answered with a 500.
    ///
    /// Spec: `proxy_on_request_body`.
    #[doc(alias = "proxy_on_request_body")]
    fn on_request_body(
        &mut self,
        http: &Http<'_>,
        size: usize,
        end_of_stream: bool,
    ) -> impl Outcome {
        let _ = (http, size, end_of_stream);
        Action::Continue
    }

    /// A chunk of the response's body has arrived, as in [`HttpFilter::on_request_body`].
    ///
    /// An error that it lets out is logged, and the chunk passes: the headers have gone out.
    ///
    /// Spec: `proxy_on_response_body`.
    #[doc(alias = "proxy_on_response_body")]
    fn on_response_body(
        &mut self,
        http: &Http<'_>,
        size: usize,
        end_of_stream: bool,
    ) -> impl Outcome {
        let _ = (http, size, end_of_stream);
        Action::Continue
    }

    /// The stream has ended: the last callback in which its headers can be read, on both sides.
    ///
    /// An error that it lets out is logged.
    ///
    /// Spec: `proxy_on_log`.
    #[doc(alias = "proxy_on_log")]
    fn on_log(&mut self, http: &Http<'_>) -> impl LastOutcome {
        let _ = http;
    }
}

/// The HTTP stream that a callback is about.
#[derive(Debug)]
pub struct Http<'a> {
    context_id: u32,
    callback: Callback<'a>,
}

impl<'a> Http<'a> {
    /// The stream context's id, by which the host knows the stream.
    #[inline(always)]
    pub fn context_id(&self) -> u32 {
        self.context_id
    }

    /// Answers the stream: a local reply, in place of the upstream's response.
    ///
    /// The reply is sent when the callback has returned, and passes the plugin's response callbacks
    /// on its way, if no response has begun. Once the response's headers have gone out, it breaks
    /// the response off instead. Return the action that this returns; the host ignores it.
    ///
    /// `status` is an HTTP status from 200; Envoy sends nothing for another.
    ///
    /// # Errors
    /// A name or value of `headers` holds a CR, LF or NUL, or memory cannot grow.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
    ///     let reply = http.respond(403, fields! { "x-why": "closed" }, b"Closed.\n");
    ///     reply.unwrap_or(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_send_local_response`.
    #[doc(alias = "proxy_send_local_response")]
    #[inline]
    pub fn respond(&self, status: u16, headers: impl AsFields, body: &[u8]) -> Result<Action> {
        headers
            .serialized(|headers| hostcall::send_local_response(status.into(), headers, body))?;
        Ok(Action::Pause)
    }

    /// The request's headers: available in [`HttpFilter::on_request_headers`], and to read in
    /// [`HttpFilter::on_log`].
    #[inline(always)]
    pub fn request_headers(&self) -> Map<'a> {
        Map::new(Map::REQUEST_HEADERS, self.callback)
    }

    /// The response's headers: available in [`HttpFilter::on_response_headers`], and to read
    /// in [`HttpFilter::on_log`].
    #[inline(always)]
    pub fn response_headers(&self) -> Map<'a> {
        Map::new(Map::RESPONSE_HEADERS, self.callback)
    }

    /// The request's body, as far as it is here: available in [`HttpFilter::on_request_body`].
    #[inline(always)]
    pub fn request_body(&self) -> Buffer<'a> {
        Buffer::new(Buffer::REQUEST_BODY, self.callback)
    }

    /// The response's body, as far as it is here: available in [`HttpFilter::on_response_body`].
    #[inline(always)]
    pub fn response_body(&self) -> Buffer<'a> {
        Buffer::new(Buffer::RESPONSE_BODY, self.callback)
    }
}

// The bodies of the exports. A filter is `'static`, so that it carries no map of an outer callback into
// a nested one, whose end takes back what such a map would receive there.

/// Runs a callback of the stream `context_id`.
#[inline(always)]
fn about<R>(context_id: u32, run: impl FnOnce(&Http<'_>) -> R) -> R {
    callback(|callback| run(&Http { context_id, callback }))
}

/// `proxy_on_request_headers`
#[inline(always)]
pub fn on_request_headers(mut filter: impl HttpFilter + 'static, id: u32, end: u32) -> u32 {
    about(id, |http| {
        filter.on_request_headers(http, end != 0).settle("on_request_headers", Policy::Reply)
    })
}

/// `proxy_on_request_body`
#[inline(always)]
pub fn on_request_body(
    mut filter: impl HttpFilter + 'static,
    id: u32,
    size: usize,
    end: u32,
) -> u32 {
    about(id, |http| {
        filter.on_request_body(http, size, end != 0).settle("on_request_body", Policy::Reply)
    })
}

/// `proxy_on_response_headers`
#[inline(always)]
pub fn on_response_headers(mut filter: impl HttpFilter + 'static, id: u32, end: u32) -> u32 {
    about(id, |http| {
        filter.on_response_headers(http, end != 0).settle("on_response_headers", Policy::Reply)
    })
}

/// `proxy_on_response_body`
#[inline(always)]
pub fn on_response_body(
    mut filter: impl HttpFilter + 'static,
    id: u32,
    size: usize,
    end: u32,
) -> u32 {
    about(id, |http| {
        filter.on_response_body(http, size, end != 0).settle("on_response_body", Policy::Pass)
    })
}

/// `proxy_on_log`
#[inline(always)]
pub fn on_log(mut filter: impl HttpFilter + 'static, id: u32) {
    about(id, |http| filter.on_log(http).settle("on_log"));
}
