//! One request through a plugin, from the client to the upstream and back.

use super::headers::Headers;
use super::http::{End, Message};
use super::plugin::Plugin;

/// A request as a client sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The headers, `:method`, `:path` and `:authority` among them.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A GET request.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path, b"")
    }

    /// A request with a body, or without one if `body` is empty.
    pub fn new(method: &str, path: &str, body: &[u8]) -> Self {
        let mut headers =
            Headers::from([(":authority", "localhost"), (":path", path), (":method", method)]);
        // What Envoy adds before its filters see a request.
        headers.add(":scheme", "http");
        headers.add("x-forwarded-proto", "http");
        if !body.is_empty() {
            headers.add("content-length", body.len().to_string());
        }
        Self { headers, body: body.to_vec() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.add(name, value);
        self
    }
}

/// What stands behind the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The route answers by itself, as soon as the request's headers have passed.
    Direct {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// An upstream answers, once the request has passed.
    Upstream {
        /// The headers, `:status` among them.
        headers: Headers,
        /// The body.
        body: Vec<u8>,
    },
}

impl Answer {
    /// An answer of the route's own.
    pub fn direct(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Direct { status, body: body.into() }
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What reached the upstream, or the route that answers by itself; `None` if nothing did.
    pub upstream: Option<Message>,
    /// What reached the client; `None` if the plugin never let the headers through.
    pub response: Option<Message>,
}

impl Exchange {
    pub(crate) fn run(plugin: &mut Plugin, request: &Request, answer: &Answer) -> Self {
        let mut http = plugin.http();
        let end = |body: &[u8]| if body.is_empty() { End::Yes } else { End::No };
        http.request_headers(request.headers.clone(), end(&request.body));
        let direct = matches!(answer, Answer::Direct { .. }) && http.upstream().is_some();
        if !request.body.is_empty() && !direct {
            http.request_body(&request.body, End::Yes);
        }
        match answer {
            Answer::Direct { status, body } if http.upstream().is_some() => {
                http.direct_response(u32::from(*status), body);
            }
            Answer::Upstream { headers, body }
                if http.upstream().is_some_and(|upstream| upstream.ended) =>
            {
                http.response_headers(headers.clone(), end(body));
                if !body.is_empty() {
                    http.response_body(body, End::Yes);
                }
            }
            Answer::Direct { .. } | Answer::Upstream { .. } => {}
        }
        Self {
            upstream: http.upstream().cloned(),
            response: http.response().filter(|_| !http.is_reset()).cloned(),
        }
    }
}
