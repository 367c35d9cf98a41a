//! What came of a case.

use std::fmt;

use super::{CaseBytes, CaseField, LogLine};

/// What a host did with a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Why the host did not take the plugin, in one sentence; `None` if it did.
    pub refused: Option<String>,
    /// What came of each stream.
    pub streams: Vec<SeenStream>,
    /// What came of the TCP connection.
    pub connection: Option<SeenConnection>,
    /// What reached the clusters, in order.
    pub calls: Vec<SeenCall>,
    /// What the plugin logged while it started.
    pub boot_log: Vec<LogLine>,
    /// What the plugin logged while the requests ran.
    pub log: Vec<LogLine>,
    /// What the plugin logged while the host shut down.
    pub shutdown_log: Vec<LogLine>,
    /// Counters and gauges that the case asks for.
    pub metrics: Vec<(String, Option<u64>)>,
    /// What the host logged as errors of the VM.
    pub errors: Vec<String>,
}

/// What came of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenStream {
    /// How it ended.
    pub outcome: Outcome,
    /// What reached the upstream, if the case has one and anything did.
    pub upstream: Option<Seen>,
    /// The objects of the filter state that the case asks for.
    pub filter_state: Vec<(String, Option<String>)>,
}

#[cfg(feature = "runner")]
impl SeenStream {
    /// Nothing came of it.
    pub(crate) fn none() -> Self {
        Self { outcome: Outcome::NoAnswer, upstream: None, filter_state: Vec::new() }
    }
}

/// How a stream ended, for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It got a response.
    Answered {
        /// Its status.
        status: u16,
        /// Its headers and body.
        response: Seen,
    },
    /// It got a response that broke off.
    Broken,
    /// It got none.
    NoAnswer,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered { status, response } => {
                write!(f, "{status}, {} bytes", response.body.as_bytes().len())
            }
            Self::Broken => f.write_str("a response that breaks off"),
            Self::NoAnswer => f.write_str("no answer"),
        }
    }
}

/// What became of the plugin, and of each stream.
impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.refused {
            return write!(f, "refused: {why}");
        }
        f.write_str("accepted")?;
        self.streams.iter().try_for_each(|stream| write!(f, "; {}", stream.outcome))?;
        match &self.connection {
            None => Ok(()),
            Some(connection) => write!(f, "; received {:?}", connection.received),
        }
    }
}

/// What came of a TCP connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenConnection {
    /// What the client received.
    pub received: String,
    /// The cluster that got the connection.
    pub cluster: Option<String>,
    /// What the cluster got.
    pub got: String,
}

/// A message as a client or an upstream sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its headers; names are in lower case.
    pub headers: Vec<CaseField>,
    /// Its body.
    pub body: CaseBytes,
    /// Its trailers.
    pub trailers: Vec<CaseField>,
}

impl Seen {
    /// Every value that a name has in these fields.
    pub(super) fn all<'a>(
        fields: &'a [CaseField],
        name: &'a str,
    ) -> impl Iterator<Item = &'a CaseBytes> {
        fields
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// A call as a cluster sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenCall {
    /// The cluster.
    pub cluster: String,
    /// What it got.
    pub request: Seen,
    /// gRPC: the messages that it got, in hexadecimal.
    pub messages: Vec<String>,
}

impl Observed {
    /// What a module without a case file must do: be accepted, whatever it makes of the request.
    pub fn check_accepted(&self) -> Vec<String> {
        self.refused.iter().map(|why| format!("refused: {why}")).collect()
    }

    /// Of a plugin that the host refused, with the lines of its log.
    pub fn refused(errors: Vec<String>, boot_log: Vec<LogLine>, why: String) -> Self {
        Self { refused: Some(why), errors, boot_log, ..Self::default() }
    }
}
