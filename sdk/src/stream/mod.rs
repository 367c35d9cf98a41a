//! TCP streams: the handle of their callbacks.

mod filter;

use crate::arena;
use crate::buffer::Buffer;
use crate::context::Context;
use crate::hostcall;
use crate::outcome::StreamType;
use crate::state::Lent;
use crate::status::Result;
use core::ops::Deref;
pub use filter::{Peer, StreamFilter};

/// The TCP stream that a callback is about. What all contexts have in common is in [`Context`].
#[derive(Debug)]
pub struct Stream<'a, P = ()> {
    context: Context<'a>,
    plugin: Lent<'a, P>,
}

impl<'a, P> Deref for Stream<'a, P> {
    type Target = Context<'a>;

    #[inline(always)]
    fn deref(&self) -> &Context<'a> {
        &self.context
    }
}

impl<'a, P> Stream<'a, P> {
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
    ///     impl StreamFilter<Config> for Limit {
    ///         fn on_downstream_data(
    ///             &mut self,
    ///             stream: &Stream<'_, Config>,
    ///             size: usize,
    ///             _: bool,
    ///         ) -> Action {
    ///             if size > stream.plugin().limit { Action::Pause } else { Action::Continue }
    ///         }
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    #[inline(always)]
    pub fn plugin(&self) -> &'a P {
        self.plugin.get()
    }

    /// Runs a part of a callback whose memory is used again when it is over, as
    /// [`Http::scope`](crate::Http::scope).
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { sum: usize }
    /// # impl StreamFilter for Filter {
    /// fn on_upstream_data(&mut self, stream: &Stream<'_>, size: usize, _end: bool) -> Result<Action> {
    ///     for start in (0..size).step_by(4096) {
    ///         stream.scope(self, move |filter, stream| {
    ///             filter.sum += stream.upstream_data().get(start, 4096)?.len();
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
        run: impl FnOnce(&mut S, &Stream<'_, P>) -> R + 'static,
    ) -> R
    where
        P: 'static,
    {
        // What runs is `'static`, so it carries nothing of the outer callback in or out.
        arena::callback(|callback| {
            let context = Context::new(self.context_id(), callback);
            run(state, &Stream::new(context, self.plugin.again()))
        })
    }

    /// What has come from the client: available in [`StreamFilter::on_downstream_data`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_downstream_data(
    ///     &mut self,
    ///     stream: &Stream<'_>,
    ///     _size: usize,
    ///     _end: bool,
    /// ) -> Result<Action> {
    ///     whit::info!("begins with ", stream.downstream_data().get(0, 4)?);
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    #[inline(always)]
    pub fn downstream_data(&self) -> Buffer<'a> {
        Buffer::new(Buffer::DOWNSTREAM_DATA, self.callback)
    }

    /// What has come from the upstream: available in [`StreamFilter::on_upstream_data`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_upstream_data(
    ///     &mut self,
    ///     stream: &Stream<'_>,
    ///     _size: usize,
    ///     _end: bool,
    /// ) -> Result<Action> {
    ///     stream.upstream_data().prepend(b"> ")?;
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    #[inline(always)]
    pub fn upstream_data(&self) -> Buffer<'a> {
        Buffer::new(Buffer::UPSTREAM_DATA, self.callback)
    }

    /// Lets a new connection, or data from the client, go on that waits. Envoy does so when the callback
    /// has returned.
    ///
    /// # Errors
    /// - [`Status::UNIMPLEMENTED`](crate::Status::UNIMPLEMENTED): ABI 0.1.0 has no such thing.
    /// - [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): the host restricts this capability.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_http_call_response(
    ///     &mut self,
    ///     stream: &Stream<'_>,
    ///     _: &HttpCallResponse<'_>,
    /// ) -> Result<()> {
    ///     stream.continue_downstream()
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_continue_stream`.
    #[doc(alias = "proxy_continue_stream")]
    #[inline]
    pub fn continue_downstream(&self) -> Result<()> {
        hostcall::continue_stream(StreamType::Downstream as u32)
    }

    /// Lets data from the upstream go on that waits. Envoy cannot: what waits goes on when a later
    /// callback lets it.
    ///
    /// # Errors
    /// - [`Status::UNIMPLEMENTED`](crate::Status::UNIMPLEMENTED): the host has no such thing.
    /// - [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): the host restricts this capability.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_http_call_response(&mut self, stream: &Stream<'_>, _: &HttpCallResponse<'_>) {
    ///     if stream.continue_upstream() == Err(Status::UNIMPLEMENTED) {
    ///         whit::warn!("it goes on with the next data");
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_continue_stream`.
    #[inline]
    pub fn continue_upstream(&self) -> Result<()> {
        hostcall::continue_stream(StreamType::Upstream as u32)
    }

    /// Closes the client's connection.
    ///
    /// # Errors
    /// [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): the host restricts this capability.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_new_connection(&mut self, stream: &Stream<'_>) -> Result<Action> {
    ///     if stream.property(property::SOURCE_PORT)? == Some(7) {
    ///         stream.close_downstream()?;
    ///         return Ok(Action::Pause);
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_close_stream`.
    #[doc(alias = "proxy_close_stream")]
    #[inline]
    pub fn close_downstream(&self) -> Result<()> {
        hostcall::close_stream(StreamType::Downstream as u32)
    }

    /// Closes the upstream's connection. A filter in Envoy has only the client's in hand: that one is
    /// closed.
    ///
    /// # Errors
    /// As for [`Stream::close_downstream`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_upstream_data(
    ///     &mut self,
    ///     stream: &Stream<'_>,
    ///     _size: usize,
    ///     _end: bool,
    /// ) -> Result<Action> {
    ///     if stream.upstream_data().get(0, 5)? == b"ERROR" {
    ///         stream.close_upstream()?;
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_close_stream`.
    #[inline]
    pub fn close_upstream(&self) -> Result<()> {
        hostcall::close_stream(StreamType::Upstream as u32)
    }
}
