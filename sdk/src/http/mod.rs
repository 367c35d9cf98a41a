//! HTTP streams: the handle of their callbacks.

mod filter;

use crate::arena;
use crate::buffer::Buffer;
use crate::context::Context;
use crate::fields::{AsFields, INSIDE};
use crate::hostcall;
use crate::map::Map;
use crate::outcome::{Action, StreamType};
use crate::state::Lent;
use crate::status::Result;
use core::ops::Deref;
pub use filter::HttpFilter;

/// The HTTP stream that a callback is about. What all contexts have in common is in [`Context`].
#[derive(Debug)]
pub struct Http<'a, P = ()> {
    context: Context<'a>,
    plugin: Lent<'a, P>,
}

impl<'a, P> Deref for Http<'a, P> {
    type Target = Context<'a>;

    #[inline(always)]
    fn deref(&self) -> &Context<'a> {
        &self.context
    }
}

impl<'a, P> Http<'a, P> {
    #[inline(always)]
    pub(crate) const fn new(context: Context<'a>, plugin: Lent<'a, P>) -> Self {
        Self { context, plugin }
    }

    /// The value of the stream's plugin context.
    ///
    /// ```
    /// #[whit::plugin]
    /// mod limit {
    ///     use whit::prelude::*;
    ///
    ///     #[derive(Default)]
    ///     struct Config {
    ///         limit: usize,
    ///     }
    ///
    ///     impl Plugin for Config {
    ///         fn on_configure(&mut self, _: &PluginContext<'_>, size: usize) -> bool {
    ///             self.limit = size;
    ///             true
    ///         }
    ///     }
    ///
    ///     struct Limit;
    ///
    ///     impl HttpFilter<Config> for Limit {
    ///         fn on_request_body(&mut self, http: &Http<'_, Config>, size: usize, _: bool) -> Action {
    ///             if size > http.plugin().limit {
    ///                 return http.respond(413, Fields::NONE, b"").unwrap_or(Action::Pause);
    ///             }
    ///             Action::Continue
    ///         }
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    #[inline(always)]
    pub fn plugin(&self) -> &'a P {
        self.plugin.get()
    }

    /// Runs a part of a callback whose memory is used again when it is over: what the host returned in
    /// it is gone then. `state` is what it works on, the filter itself for instance.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { found: usize }
    /// # impl HttpFilter for Filter {
    /// fn on_request_body(&mut self, http: &Http<'_>, size: usize, _end: bool) -> Result<Action> {
    ///     for start in (0..size).step_by(4096) {
    ///         http.scope(self, move |filter, http| {
    ///             let bytes = http.request_body().get(start, 4096)?;
    ///             filter.found += bytes.iter().filter(|byte| **byte == b'!').count();
    ///             Ok(())
    ///         })?;
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    #[inline]
    pub fn scope<S: 'static, R: 'static>(
        &self,
        state: &mut S,
        run: impl FnOnce(&mut S, &Http<'_, P>) -> R + 'static,
    ) -> R
    where
        P: 'static,
    {
        // What runs is `'static`, so it carries nothing of the outer callback in or out.
        arena::callback(|callback| {
            let context = Context::new(self.context_id(), callback);
            run(state, &Http::new(context, self.plugin.again()))
        })
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
        headers.serialized(INSIDE, |headers| {
            hostcall::send_local_response(status.into(), &[], headers, body, None)
        })?;
        Ok(Action::Pause)
    }

    /// Answers a gRPC stream: a local reply of HTTP status 200, with this gRPC status (0 to 16) and
    /// message. As in [`Http::respond`] otherwise.
    ///
    /// # Errors
    /// As for [`Http::respond`]; the message is checked like a header's value.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// const PERMISSION_DENIED: u32 = 7;
    /// if http.request_headers().get(names::AUTHORIZATION)?.is_none() {
    ///     return http.respond_grpc(PERMISSION_DENIED, field!("who are you?"), Fields::NONE);
    /// }
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_send_local_response`.
    #[inline]
    pub fn respond_grpc(
        &self,
        status: u32,
        message: impl crate::AsField,
        headers: impl AsFields,
    ) -> Result<Action> {
        let message = message.as_field()?.as_bytes();
        headers.serialized(INSIDE, |headers| {
            hostcall::send_local_response(200, &[], headers, message, Some(status))
        })?;
        Ok(Action::Pause)
    }

    /// Lets a request go on that waits after [`Action::Pause`]. Its headers can be changed until then.
    ///
    /// # Errors
    /// [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): the host restricts this capability.
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
    ///
    /// Spec: `proxy_continue_stream`.
    #[doc(alias = "proxy_continue_stream")]
    #[doc(alias = "proxy_continue_request")]
    #[inline]
    pub fn continue_request(&self) -> Result<()> {
        hostcall::continue_stream(StreamType::HttpRequest as u32)
    }

    /// Lets a response go on that waits after [`Action::Pause`]. (Envoy 1.40 crashes when there is none
    /// yet.)
    ///
    /// # Errors
    /// As for [`Http::continue_request`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_http_call_response(&mut self, http: &Http<'_>, response: &HttpCallResponse<'_>)
    /// # -> Result<()> {
    /// // `on_response_headers` has made the callout and returned `Action::Pause`.
    /// http.response_headers().replace("x-checked", "yes")?;
    /// http.continue_response()?;
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_continue_stream`.
    #[doc(alias = "proxy_continue_response")]
    #[inline]
    pub fn continue_response(&self) -> Result<()> {
        hostcall::continue_stream(StreamType::HttpResponse as u32)
    }

    /// Breaks the stream off, with no answer.
    ///
    /// # Errors
    /// As for [`Http::continue_request`]; [`Status::UNIMPLEMENTED`](crate::Status::UNIMPLEMENTED) in ABI 0.1.0.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// if http.request_headers().get("x-attack")?.is_some() {
    ///     http.close()?;
    ///     return Ok(Action::Pause);
    /// }
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_close_stream`.
    #[doc(alias = "proxy_close_stream")]
    #[inline]
    pub fn close(&self) -> Result<()> {
        hostcall::close_stream(StreamType::HttpRequest as u32)
    }

    /// The request's headers: available in [`HttpFilter::on_request_headers`] and while the request
    /// waits since then, and to read in [`HttpFilter::on_log`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// let path = http.request_headers().get(names::PATH)?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn request_headers(&self) -> Map<'a> {
        Map::new(Map::REQUEST_HEADERS, self.callback)
    }

    /// The request's trailers: available in [`HttpFilter::on_request_trailers`], and to read in
    /// [`HttpFilter::on_log`] (where Envoy has none). Of a request without trailers, they can be added in
    /// the last [`HttpFilter::on_request_body`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end_of_stream: bool)
    /// # -> Result<Action> {
    /// if end_of_stream {
    ///     http.request_trailers().add(field!("x-checksum"), field!("1"))?;
    /// }
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn request_trailers(&self) -> Map<'a> {
        Map::new(Map::REQUEST_TRAILERS, self.callback)
    }

    /// The response's headers: available in [`HttpFilter::on_response_headers`] and while the response
    /// waits since then, and to read in [`HttpFilter::on_log`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// http.response_headers().add(field!("x-hello"), field!("world"))?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn response_headers(&self) -> Map<'a> {
        Map::new(Map::RESPONSE_HEADERS, self.callback)
    }

    /// The response's trailers: available in [`HttpFilter::on_response_trailers`], and to read in
    /// [`HttpFilter::on_log`]. Of a response without trailers, they can be added in the last
    /// [`HttpFilter::on_response_body`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_response_trailers(&mut self, http: &Http<'_>) -> Result<Action> {
    ///     http.response_trailers().remove(field!("x-internal"))?;
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    #[inline(always)]
    pub fn response_trailers(&self) -> Map<'a> {
        Map::new(Map::RESPONSE_TRAILERS, self.callback)
    }

    /// The request's body, as far as it is here: available in [`HttpFilter::on_request_body`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end_of_stream: bool)
    /// # -> Result<Action> {
    /// let first = http.request_body().get(0, 16)?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub fn request_body(&self) -> Buffer<'a> {
        Buffer::new(Buffer::REQUEST_BODY, self.callback)
    }

    /// The response's body, as far as it is here: available in [`HttpFilter::on_response_body`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_response_body(&mut self, http: &Http<'_>, _size: usize, _end: bool) -> Result<Action> {
    ///     http.response_body().for_each_chunk(4096, |bytes| {
    ///         whit::debug!(bytes.len(), " bytes");
    ///         Ok(())
    ///     })?;
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    #[inline(always)]
    pub fn response_body(&self) -> Buffer<'a> {
        Buffer::new(Buffer::RESPONSE_BODY, self.callback)
    }
}
