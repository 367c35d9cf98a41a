//! One kind of traffic, and what may come of it.

use hyper::HeaderMap;
use hyper::body::Bytes;

/// A request that is sent again and again.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// How often it is sent, beside others of its kind.
    pub(crate) weight: u64,
    pub(crate) over: Over,
    pub(crate) manner: Manner,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Bytes,
    /// The body's size is not told.
    pub(crate) chunked: bool,
    /// The answers that it may have. Each must come at some time.
    pub(crate) expects: Vec<Expect>,
}

/// Which protocols a scenario is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Any,
    Http1,
    Http2,
}

/// How a client behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It sends what it has, and reads what comes.
    Well,
    /// It sends the body slowly.
    SendsSlowly,
    /// It reads slowly.
    ReadsSlowly,
    /// It leaves once it has sent the request.
    LeavesWaiting,
    /// It leaves in the midst of the request's body.
    LeavesInRequest,
    /// It leaves in the midst of the answer.
    LeavesInAnswer,
}

impl Manner {
    /// It has no use for an answer.
    pub(crate) fn leaves(self) -> bool {
        matches!(self, Self::LeavesWaiting | Self::LeavesInRequest | Self::LeavesInAnswer)
    }
}

/// An answer that a scenario may have.
pub(crate) struct Expect {
    pub(crate) status: u16,
    header: Option<(&'static str, &'static str)>,
    body: Body,
}

enum Body {
    Any,
    Is(Bytes),
    /// It breaks off.
    Broken,
}

/// An answer, of which the whole may not have come.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// With the trailers.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) whole: bool,
}

impl Scenario {
    pub(crate) fn new(name: &'static str, method: &'static str, path: &'static str) -> Self {
        Self {
            name,
            weight: 10,
            over: Over::Any,
            manner: Manner::Well,
            method,
            path,
            headers: Vec::new(),
            body: Bytes::new(),
            chunked: false,
            expects: Vec::new(),
        }
    }

    pub(crate) fn with_method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn weight(self, weight: u64) -> Self {
        Self { weight, ..self }
    }

    pub(crate) fn over(self, over: Over) -> Self {
        Self { over, ..self }
    }

    pub(crate) fn manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }

    pub(crate) fn chunked(self) -> Self {
        Self { chunked: true, ..self }
    }

    pub(crate) fn expect(mut self, expect: Expect) -> Self {
        self.expects.push(expect);
        self
    }

    /// The answer that it is, of those that it may have.
    pub(crate) fn place_of(&self, answer: &Answer) -> Option<usize> {
        // To a HEAD there is no body.
        let head = self.method == "HEAD";
        self.expects.iter().position(|expect| expect.is(answer, head))
    }
}

impl Expect {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, header: None, body: Body::Any }
    }

    pub(crate) fn header(self, name: &'static str, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    pub(crate) fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: Body::Is(body.into()), ..self }
    }

    pub(crate) fn broken(self) -> Self {
        Self { body: Body::Broken, ..self }
    }

    fn is(&self, answer: &Answer, head: bool) -> bool {
        let has = |&(name, value): &(&str, &str)| {
            answer.headers.get_all(name).iter().any(|found| found.as_bytes() == value.as_bytes())
        };
        let body = match &self.body {
            Body::Any => answer.whole,
            Body::Is(body) => answer.whole && (head || answer.body[..] == body[..]),
            Body::Broken => !answer.whole,
        };
        answer.status == self.status && self.header.as_ref().is_none_or(has) && body
    }

    /// In few words.
    pub(crate) fn summary(&self) -> String {
        let header = self.header.map(|(name, value)| format!(", {name}: {value}"));
        let body = match &self.body {
            Body::Any => String::new(),
            Body::Is(body) => format!(", {} bytes", body.len()),
            Body::Broken => ", broken off".to_owned(),
        };
        format!("{}{}{body}", self.status, header.unwrap_or_default())
    }
}

impl Answer {
    /// In few words.
    pub(crate) fn summary(&self) -> String {
        let Self { status, headers, body, whole } = self;
        let start = String::from_utf8_lossy(body.get(..60.min(body.len())).unwrap_or_default());
        let end = if *whole { "" } else { ", broken off" };
        format!("{status}, {} bytes{end}: {start:?} {headers:?}", body.len())
    }
}
