//! Contexts of a VM: plugin contexts, and the streams that belong to them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::headers::Headers;
use super::host::Setup;
use super::info::Info;
use super::pairs;

/// A plugin context, or a stream context.
#[derive(Debug)]
pub(crate) struct Context {
    /// The plugin context that a stream belongs to; 0 for a plugin context.
    pub(crate) parent: u32,
    pub(crate) setup: Arc<Setup>,
    /// Whether the plugin configuration can be read now.
    pub(crate) configuring: bool,
    /// Of a stream or of a connection: which it is, and the filter's place in it.
    pub(crate) place: (u64, usize),
    /// Of a stream.
    pub(crate) info: Option<Rc<RefCell<Info>>>,
    /// Of an HTTP stream.
    pub(crate) http: Option<Http>,
    /// Of a TCP connection.
    pub(crate) tcp: Option<Tcp>,
    /// Of a plugin context: the answer whose callback runs.
    pub(crate) answer: Option<CallAnswer>,
    /// Of a plugin context: what its gRPC callbacks can reach.
    pub(crate) grpc: Grpc,
    /// Of a plugin context: what `proxy_get_status` gives.
    pub(crate) status: (u32, String),
    /// Of a plugin context: it has been told to end.
    pub(crate) ending: bool,
    /// Of a plugin context: it ends with `proxy_done`.
    pub(crate) waits_for_done: bool,
}

/// What gRPC callbacks can reach.
#[derive(Debug, Default)]
pub(crate) struct Grpc {
    pub(crate) initial: Option<Headers>,
    pub(crate) trailing: Option<Headers>,
    pub(crate) message: Option<Vec<u8>>,
}

impl Context {
    /// A plugin context, or the one of the VM.
    pub(crate) fn plugin(setup: &Arc<Setup>) -> Self {
        Self {
            parent: 0,
            setup: Arc::clone(setup),
            configuring: false,
            place: (0, 0),
            info: None,
            http: None,
            tcp: None,
            answer: None,
            grpc: Grpc::default(),
            status: (0, String::new()),
            ending: false,
            waits_for_done: false,
        }
    }

    /// An HTTP stream of a plugin.
    pub(crate) fn http(
        setup: &Arc<Setup>,
        parent: u32,
        place: (u64, usize),
        info: &Rc<RefCell<Info>>,
        messages: &Rc<RefCell<Messages>>,
    ) -> Self {
        let http = Http {
            messages: Rc::clone(messages),
            request: Side::default(),
            response: Side::default(),
            logging: false,
            tester: None,
        };
        let info = Some(Rc::clone(info));
        Self { parent, place, info, http: Some(http), ..Self::plugin(setup) }
    }

    /// A TCP connection of a plugin.
    pub(crate) fn tcp(
        setup: &Arc<Setup>,
        parent: u32,
        place: (u64, usize),
        info: &Rc<RefCell<Info>>,
        tcp: Tcp,
    ) -> Self {
        let info = Some(Rc::clone(info));
        Self { parent, place, info, tcp: Some(tcp), ..Self::plugin(setup) }
    }
}

/// What a filter's hostcalls can reach of a TCP connection.
#[derive(Debug)]
pub(crate) struct Tcp {
    pub(crate) pipes: Rc<RefCell<Pipes>>,
    /// Whether hostcalls reach what comes from downstream.
    pub(crate) downstream: bool,
    /// Whether hostcalls reach what comes from upstream.
    pub(crate) upstream: bool,
}

/// What the filters of a connection have not let pass yet.
#[derive(Debug, Default)]
pub(crate) struct Pipes {
    pub(crate) downstream: Vec<u8>,
    pub(crate) upstream: Vec<u8>,
}

/// What a filter's hostcalls can reach of an HTTP stream.
#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) messages: Rc<RefCell<Messages>>,
    pub(crate) request: Side,
    pub(crate) response: Side,
    /// In on_log: all headers can be read, and nothing can be changed any more.
    pub(crate) logging: bool,
    /// Whose rules it follows, if not Envoy's.
    pub(crate) tester: Option<Tester>,
}

/// The stream is one of Google's plugin tester, which keeps maps of its own kind, and knows these
/// properties and no others: by their path with dots.
#[derive(Debug)]
pub(crate) struct Tester {
    pub(crate) properties: Vec<(String, Vec<u8>)>,
}

impl Http {
    /// The headers of a local reply, from what a guest gives. The tester takes the last of a name.
    pub(crate) fn reply_headers(&self, bytes: &[u8]) -> Headers {
        if self.tester.is_none() {
            return pairs::parse(bytes);
        }
        let mut headers = Headers::joined();
        for (name, value) in pairs::parse_spelled(bytes) {
            headers.replace(name, value);
        }
        headers
    }
}

impl Tester {
    /// The first property of this path.
    pub(crate) fn property(&self, path: &[u8]) -> Option<Vec<u8>> {
        let segments = path.split(|byte| *byte == 0).filter(|segment| !segment.is_empty());
        let path = segments.collect::<Vec<_>>().join(&b'.');
        let found = self.properties.iter().find(|(found, _)| found.as_bytes() == path);
        found.map(|(_, value)| value.clone())
    }
}

/// The request, or the response, as one filter reaches it.
#[derive(Debug, Default)]
pub(crate) struct Side {
    /// Whether hostcalls reach the headers.
    pub(crate) headers: bool,
    /// The part of the body that a callback sees, or what is buffered for the next one.
    pub(crate) body: Option<Vec<u8>>,
    /// Hostcalls do not reach the body, unless it is buffered: the callback has asked to go on.
    pub(crate) body_given_up: bool,
    pub(crate) body_buffered: bool,
    /// Whether hostcalls reach the trailers.
    pub(crate) trailers: bool,
    /// Whether a change of trailers that are not there adds them.
    pub(crate) adds_trailers: bool,
}

/// What the filters of an HTTP stream share.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub(crate) request: Fields,
    pub(crate) response: Fields,
}

impl Messages {
    /// How many fields there are.
    pub(crate) fn len(&self) -> usize {
        let of = |fields: &Fields| {
            [&fields.headers, &fields.trailers]
                .into_iter()
                .flatten()
                .map(Headers::len)
                .sum::<usize>()
        };
        of(&self.request) + of(&self.response)
    }
}

/// The fields of a message that has begun.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) headers: Option<Headers>,
    pub(crate) trailers: Option<Headers>,
}

/// The answer to an HTTP callout.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallAnswer {
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Option<Headers>,
}
