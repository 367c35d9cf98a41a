//! One request through a plugin, from the client to the upstream and back.

use super::headers::Headers;
use super::http::Http;
use super::message::{LocalReply, Message};
use super::stream::Route;
use super::way::End;

/// What Envoy adds to a request's headers before its filters see them, unless the client has sent it.
const ADDED: [(&str, &str); 2] =
    [("x-forwarded-proto", "http"), ("x-request-id", "00000000-0000-4000-8000-000000000000")];

/// A request as a client sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The headers, `:method`, `:path` and `:authority` among them. What clients and Envoy add by
    /// themselves need not be there: `content-length`, `x-forwarded-proto` and `x-request-id`.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
    /// The sizes of the chunks in which the body comes, each by itself; what is left is the last one.
    pub chunks: Vec<usize>,
    /// The trailers.
    pub trailers: Option<Headers>,
    /// It comes over HTTP/2: a body's end is not a chunk of its own.
    pub http2: bool,
}

impl Request {
    /// A GET request.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path, b"")
    }

    /// A request with a body, or without one if `body` is empty.
    pub fn new(method: &str, path: &str, body: &[u8]) -> Self {
        let headers = Headers::from([
            (":authority", "localhost"),
            (":path", path),
            (":method", method),
            (":scheme", "http"),
        ]);
        let (body, chunks) = (body.to_vec(), Vec::new());
        Self { headers, body, chunks, trailers: None, http2: false }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.add(name, value);
        self
    }

    /// Its headers as the filters see them: those that the client chose, then what every client sends, then
    /// what Envoy adds.
    fn arriving_headers(&self) -> Headers {
        let mut headers = self.headers.clone();
        let mut complete = |name, value: &str| {
            if headers.get(name).is_none() {
                headers.add(name, value);
            }
        };
        // Of a body with trailers the length is not told.
        if !self.body.is_empty() && self.trailers.is_none() {
            complete("content-length", &self.body.len().to_string());
        }
        for (name, value) in ADDED {
            complete(name, value);
        }
        headers
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
        /// The sizes of the chunks in which the body comes, as [`Request::chunks`].
        chunks: Vec<usize>,
    },
}

impl Answer {
    /// An answer of the route's own.
    pub fn direct(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Direct { status, body: body.into() }
    }

    /// An answer of an upstream, in one chunk.
    pub fn upstream(headers: impl Into<Headers>, body: impl Into<Vec<u8>>) -> Self {
        Self::Upstream { headers: headers.into(), body: body.into(), chunks: Vec::new() }
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What reached the upstream, or the route that answers by itself; `None` if nothing did.
    pub upstream: Option<Message>,
    /// What reached the client; `None` if the headers did not.
    pub response: Option<Message>,
    /// Whether the connection closed before the response was whole.
    pub broken: bool,
}

impl Exchange {
    pub(crate) fn run(mut http: Http, request: &Request, answer: &Answer) -> Self {
        begin(&mut http, request, answer);
        answer_it(&mut http, answer, None, request.http2);
        Self::end(http)
    }

    /// What has come of a stream, which ends with it.
    pub(crate) fn end(http: Http) -> Self {
        let head = http.is_head();
        let (upstream, response, reset) = (http.upstream(), http.response(), http.is_reset());
        http.close();
        let mut exchange = Self { upstream, broken: reset && response.is_some(), response };
        exchange.frame(head);
        if reset && !exchange.broken {
            exchange.response = None;
        }
        exchange
    }

    /// The length that the headers promise is what a client reads.
    fn frame(&mut self, head: bool) {
        let Some(response) = &mut self.response else { return };
        if head {
            response.body.clear();
            return;
        }
        let length = response.headers.get("content-length").map(<[u8]>::to_vec);
        let length = length.and_then(|length| String::from_utf8(length).ok()?.parse().ok());
        if let Some(length) = length {
            response.body.truncate(length);
            // For a body that is too short the client waits.
            response.ended &= response.body.len() == length;
        }
    }
}

/// The client sends its request.
pub(crate) fn begin(http: &mut Http, request: &Request, answer: &Answer) {
    http.route(match answer {
        Answer::Direct { status, body } => Route::Direct(direct(*status, body)),
        Answer::Upstream { .. } => Route::Upstream,
    });
    if request.http2 {
        http.http2();
    }
    let none = request.body.is_empty() && request.trailers.is_none();
    let mut events =
        events(&request.body, &request.chunks, request.trailers.is_some(), request.http2);
    let last = events.pop().unwrap_or_default();
    let mut headers = Some(request.arriving_headers());
    for (parts, is_last) in events.into_iter().map(|parts| (parts, false)).chain([(last, true)]) {
        http.at_once(|http| {
            if let Some(headers) = headers.take() {
                http.request_headers(headers, End::of(none));
            }
            for (chunk, end) in parts {
                http.request_body(chunk, end);
            }
            if let Some(trailers) = request.trailers.as_ref().filter(|_| is_last) {
                http.request_trailers(trailers.clone());
            }
        });
    }
}

/// The answer of a route.
pub(crate) fn direct(status: u16, body: &[u8]) -> LocalReply {
    let details = "direct_response".to_owned();
    LocalReply { details, ..LocalReply::new(status.into(), body.to_vec()) }
}

/// What arrives of a body at once: chunks.
type Parts<'a> = Vec<(&'a [u8], End)>;

/// A body as it arrives, in as many events as it has chunks.
fn events<'a>(body: &'a [u8], chunks: &[usize], trailers: bool, http2: bool) -> Vec<Parts<'a>> {
    let mut left = body;
    let mut events: Vec<Parts<'_>> = Vec::new();
    for size in chunks.iter().copied().chain([usize::MAX]) {
        let (chunk, rest) = left.split_at(size.min(left.len()));
        if !chunk.is_empty() {
            events.push(vec![(chunk, End::No)]);
        }
        left = rest;
    }
    if let Some(last) = events.last_mut().filter(|_| !trailers) {
        if http2 {
            last.iter_mut().for_each(|(_, end)| *end = End::Yes);
        } else {
            // Over HTTP/1 the end of a body comes as an empty chunk of its own.
            last.push((b"", End::Yes));
        }
    }
    events
}

/// The upstream answers, if it has the whole request.
pub(crate) fn answer_it(
    http: &mut Http,
    answer: &Answer,
    trailers: Option<&Headers>,
    http2: bool,
) -> bool {
    let Answer::Upstream { headers, body, chunks } = answer else { return false };
    if !http.upstream().is_some_and(|request| request.ended) {
        return false;
    }
    let none = asks_for_no_body(http) || (body.is_empty() && trailers.is_none());
    let mut events =
        if none { Vec::new() } else { events(body, chunks, trailers.is_some(), http2) };
    let last = events.pop().unwrap_or_default();
    let mut headers = Some(headers.clone());
    for (parts, is_last) in events.into_iter().map(|parts| (parts, false)).chain([(last, true)]) {
        http.at_once(|http| {
            if let Some(headers) = headers.take() {
                http.response_headers(headers, End::of(none));
            }
            for (chunk, end) in parts {
                http.response_body(chunk, end);
            }
            if let Some(trailers) = trailers.filter(|_| is_last && !none) {
                http.response_trailers(trailers.clone());
            }
        });
    }
    true
}

/// Of the upstream, whatever the client has asked for.
fn asks_for_no_body(http: &Http) -> bool {
    http.upstream().is_some_and(|request| request.headers.get(":method") == Some(b"HEAD"))
}
