//! What comes at a plugin: requests, answers, clusters.

use serde::Deserialize;

use super::{Case, CaseBody, CaseField, CaseGrpcAnswer, Expect};

/// A request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct CaseRequest {
    /// The method.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// Further headers, as `["name", "value"]`.
    pub headers: Vec<CaseField>,
    /// The body.
    pub body: CaseBody,
    /// The trailers: a case that has any, or expects any, goes over HTTP/2.
    pub trailers: Vec<CaseField>,
}

impl Default for CaseRequest {
    fn default() -> Self {
        Self {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            headers: Vec::new(),
            body: CaseBody::default(),
            trailers: Vec::new(),
        }
    }
}

/// An answer of an upstream or of a cluster.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct CaseAnswer {
    /// The status.
    pub status: u16,
    /// The headers, as `["name", "value"]`.
    pub headers: Vec<CaseField>,
    /// The body.
    pub body: CaseBody,
    /// The trailers, of an upstream's answer.
    pub trailers: Vec<CaseField>,
}

impl Default for CaseAnswer {
    fn default() -> Self {
        Self {
            status: Case::DIRECT_STATUS,
            headers: Vec::new(),
            body: Case::DIRECT_BODY.into(),
            trailers: Vec::new(),
        }
    }
}

/// A route that answers by itself, with 200, a request that has a header when it comes out of the plugins.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CaseRoute {
    /// The header, as `["name", "value"]`.
    pub header: (String, String),
    /// The body of its answer.
    pub body: String,
}

/// One of several streams, which are all open before any is answered, as far as the plugin's pauses
/// allow: until then the clusters hold their answers.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct CaseStream {
    /// How many milliseconds pass before it, in which clusters answer.
    pub waits: u32,
    /// The client's request; by default GET /.
    pub request: CaseRequest,
    /// The client disconnects once the plugin has seen the request; nothing is expected of it then.
    pub closes: bool,
    /// What must come of it. What is logged is the case's.
    pub expect: Expect,
}

/// A cluster that plugins can call.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CaseCluster {
    /// Its name.
    pub name: String,
    /// HTTP/1 answers: the n-th call gets the n-th, and the last one is given again and again.
    #[serde(default)]
    pub answers: Vec<CaseAnswer>,
    /// gRPC answers, over HTTP/2, each once the guest has sent all its messages; the n-th call gets the
    /// n-th, and the last one is given again and again.
    #[serde(default)]
    pub grpc: Vec<CaseGrpcAnswer>,
    /// gRPC: it answers as soon as it has a message.
    #[serde(default)]
    pub early: bool,
    /// TCP: what it says to each connection, once it has got something, or at once where the client
    /// sends nothing.
    #[serde(default)]
    pub says: Option<String>,
    /// TCP: it ends each connection after that, before the client does.
    #[serde(default)]
    pub ends: bool,
    /// Nobody listens.
    #[serde(default)]
    pub refuses: bool,
    /// It accepts connections, and never answers.
    #[serde(default)]
    pub silent: bool,
    /// It closes each connection once it has the request.
    #[serde(default)]
    pub resets: bool,
    /// It closes each connection in the midst of its answer.
    #[serde(default)]
    pub breaks: bool,
    /// It holds its answers until this many calls have arrived, then gives them in the reverse order
    /// of arrival.
    #[serde(default)]
    pub holds: usize,
}

#[cfg(any(feature = "envoy", feature = "runner"))]
impl CaseCluster {
    /// What the n-th call gets, counted from 0.
    pub(crate) fn answer(&self, n: usize) -> Option<&CaseAnswer> {
        self.answers.get(n).or(self.answers.last())
    }

    /// Whether it speaks gRPC.
    #[cfg(feature = "envoy")]
    pub(crate) fn is_grpc(&self) -> bool {
        !self.grpc.is_empty()
    }

    /// What the n-th gRPC call gets, counted from 0.
    pub(crate) fn grpc_answer(&self, n: usize) -> Option<&CaseGrpcAnswer> {
        self.grpc.get(n).or(self.grpc.last())
    }
}

/// A TCP connection of a client. It sends, waits for what the case expects that it receives, and then
/// ends its side.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct CaseConnection {
    /// The address that it comes from.
    pub from: String,
    /// What it sends.
    pub sends: String,
    /// It breaks the connection instead of ending it.
    pub resets: bool,
}

impl Default for CaseConnection {
    fn default() -> Self {
        Self { from: "127.0.0.1".to_owned(), sends: String::new(), resets: false }
    }
}

/// A value of dynamic metadata.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum MetadataValue {
    /// A string.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// A number: plugins get it as a double.
    Number(i32),
}
