//! HTTP streams.

use crate::arena::{Callback, callback};
use crate::map::Map;

/// What the host does with the stream after a callback: the spec's `proxy_action_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[doc(alias = "proxy_action_t")]
pub enum Action {
    /// The stream goes on.
    Continue = 0,
    /// The stream waits, until the host gives it up: nothing here continues it.
    ///
    /// In a header callback, Envoy stops the whole stream, bodies included, unless the plugin's
    /// `allow_on_headers_stop_iteration` is set.
    Pause = 1,
}

/// A plugin for HTTP streams. A callback that the `impl` does not write is not exported, so the
/// host never calls it.
///
/// Spec: "HTTP streams".
pub trait HttpFilter {
    /// The request's headers have arrived.
    ///
    /// `end_of_stream` is true when neither body nor trailers follow.
    ///
    /// Spec: `proxy_on_request_headers`.
    #[doc(alias = "proxy_on_request_headers")]
    fn on_request_headers(&mut self, http: &Http<'_>, end_of_stream: bool) -> Action {
        let _ = (http, end_of_stream);
        Action::Continue
    }

    /// The response's headers have arrived, from the upstream or from a local reply.
    ///
    /// `end_of_stream` is true when neither body nor trailers follow.
    ///
    /// Spec: `proxy_on_response_headers`.
    #[doc(alias = "proxy_on_response_headers")]
    fn on_response_headers(&mut self, http: &Http<'_>, end_of_stream: bool) -> Action {
        let _ = (http, end_of_stream);
        Action::Continue
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

    /// The request's headers: available in [`HttpFilter::on_request_headers`].
    #[inline(always)]
    pub fn request_headers(&self) -> Map<'a> {
        Map::new(Map::REQUEST_HEADERS, self.callback)
    }

    /// The response's headers: available in [`HttpFilter::on_response_headers`].
    #[inline(always)]
    pub fn response_headers(&self) -> Map<'a> {
        Map::new(Map::RESPONSE_HEADERS, self.callback)
    }
}

// A filter is `'static`, so that it carries no map of an outer callback into a nested one, whose
// end takes back what such a map would receive there.

/// The body of the export `proxy_on_request_headers`.
#[inline(always)]
pub fn on_request_headers(
    mut filter: impl HttpFilter + 'static,
    context_id: u32,
    end_of_stream: u32,
) -> u32 {
    callback(|callback| {
        filter.on_request_headers(&Http { context_id, callback }, end_of_stream != 0) as u32
    })
}

/// The body of the export `proxy_on_response_headers`.
#[inline(always)]
pub fn on_response_headers(
    mut filter: impl HttpFilter + 'static,
    context_id: u32,
    end_of_stream: u32,
) -> u32 {
    callback(|callback| {
        filter.on_response_headers(&Http { context_id, callback }, end_of_stream != 0) as u32
    })
}
