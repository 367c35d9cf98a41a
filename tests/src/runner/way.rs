//! The two directions of a stream.

use super::context::{Fields, Http, Messages, Side};
use super::known;

/// Whether a part of a message is its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// More follows.
    No,
    /// It ends the message.
    Yes,
}

impl End {
    pub(crate) fn of(end: bool) -> Self {
        if end { Self::Yes } else { Self::No }
    }
}

/// The direction in which a part of the stream flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Request,
    Response,
}

impl Way {
    pub(super) const fn on_headers(self) -> &'static str {
        match self {
            Self::Request => "proxy_on_request_headers",
            Self::Response => "proxy_on_response_headers",
        }
    }

    pub(super) const fn on_body(self) -> &'static str {
        match self {
            Self::Request => "proxy_on_request_body",
            Self::Response => "proxy_on_response_body",
        }
    }

    pub(super) const fn on_trailers(self) -> &'static str {
        match self {
            Self::Request => "proxy_on_request_trailers",
            Self::Response => "proxy_on_response_trailers",
        }
    }

    /// The names that Envoy keeps one field of.
    pub(super) const fn known(self) -> &'static [&'static str] {
        match self {
            Self::Request => known::REQUEST,
            Self::Response => known::RESPONSE,
        }
    }

    pub(super) fn fields(self, messages: &mut Messages) -> &mut Fields {
        match self {
            Self::Request => &mut messages.request,
            Self::Response => &mut messages.response,
        }
    }

    pub(super) fn side(self, http: &mut Http) -> &mut Side {
        match self {
            Self::Request => &mut http.request,
            Self::Response => &mut http.response,
        }
    }
}
