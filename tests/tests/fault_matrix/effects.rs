//! How the effects of a fault show, compared with the same case without it.

use whit_test::LogLevel;
use whit_test::case::{LogLine, Observed, Outcome};

/// What becomes of a hostcall's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is logged with the callback's name and the status. A plugin that starts refuses to; of an HTTP stream
    /// the client gets a 500, unless it has the response's headers; a TCP connection is closed.
    LetOut,
    /// It is logged so, and the stream goes on.
    Passes,
    /// What was asked for is not there, whatever the plugin makes of that, but no error.
    Absent,
    /// Clients get the same answers as without it.
    GoesOn,
    /// The plugin refuses to start, for a reason of its own.
    Refuses,
    /// Who would get another answer gets one with such a status. Another stream may then get what was meant for
    /// this one.
    Answers(&'static [&'static str]),
    /// Who would get another answer gets none, or none any more.
    Closes,
}

/// What is to be seen of a case.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    pub observed: &'a Observed,
    /// The callback in which the fault struck.
    pub callback: &'static str,
    pub status: u32,
}

impl Effect {
    /// Whether it is what a fault has had.
    pub fn is_of(self, before: &Observed, shown: &Shown<'_>) -> bool {
        let Shown { observed, callback, .. } = shown;
        let answers = answers(before, observed);
        let (refused, told) = (observed.refused.is_some(), shown.is_told());
        match self {
            Self::LetOut if starts(callback) => refused && told,
            Self::LetOut if answers_late(callback) => !refused && told && answers.is_empty(),
            // Another stream may wait for this one.
            Self::LetOut => {
                !refused && told && seen(observed).iter().any(|now| FAILED.contains(&now.as_str()))
            }
            Self::Passes => !refused && told && answers.is_empty(),
            Self::Absent => !told,
            Self::GoesOn => !refused && !told && answers.is_empty(),
            Self::Refuses => refused && !told,
            Self::Answers(with) => {
                let any = answers.iter().any(|(_, now)| with.contains(&now.as_str()));
                !refused && !told && (answers.is_empty() || any)
            }
            Self::Closes => !refused && !told && answers.iter().all(|(_, now)| now == CLOSED),
        }
    }
}

impl Shown<'_> {
    /// Whether the error is logged as the SDK does it: WASI has numbers of its own.
    fn is_told(&self) -> bool {
        let Self { observed, callback, status } = self;
        let name = callback.trim_start_matches("proxy_");
        let ends = |line: &LogLine| {
            let is_name = line.message.starts_with(name) || starts(callback);
            is_name && line.message.ends_with(&format!("status {status}"))
        };
        let lines = observed.boot_log.iter().chain(&observed.log).chain(&observed.shutdown_log);
        lines.filter(|line| line.level == LogLevel::Error.to_string()).any(ends)
    }
}

/// What a client sees that has no answer, or not all of one.
const CLOSED: &str = "closed";
/// What a client sees of an error that is let out: one of gRPC the status that Envoy makes of a 500.
const FAILED: [&str; 3] = ["500", "grpc 2", CLOSED];

/// Of each stream and connection that ends in another way than before: both ways.
fn answers(before: &Observed, after: &Observed) -> Vec<(String, String)> {
    let pairs = seen(before).into_iter().zip(seen(after));
    pairs.filter(|(before, after)| before != after).collect()
}

fn seen(observed: &Observed) -> Vec<String> {
    let streams = observed.streams.iter().map(|stream| match &stream.outcome {
        Outcome::Answered { status, response } => {
            let mut fields = response.headers.iter().chain(&response.trailers);
            let grpc = fields.find(|(name, _)| name == "grpc-status");
            grpc.map_or_else(|| status.to_string(), |(_, status)| format!("grpc {status}"))
        }
        Outcome::Broken | Outcome::NoAnswer => CLOSED.to_owned(),
    });
    let connections = observed.connection.iter().map(|connection| match &connection.cluster {
        Some(cluster) => cluster.clone(),
        None => CLOSED.to_owned(),
    });
    streams.chain(connections).collect()
}

fn starts(callback: &str) -> bool {
    matches!(callback, "proxy_on_vm_start" | "proxy_on_configure")
}

/// Where an error comes too late for a 500, or is about no stream.
fn answers_late(callback: &str) -> bool {
    !matches!(
        callback,
        "proxy_on_request_headers"
            | "proxy_on_request_body"
            | "proxy_on_request_trailers"
            | "proxy_on_response_headers"
            | "proxy_on_http_call_response"
            | "proxy_on_grpc_receive"
            | "proxy_on_grpc_close"
            | "proxy_on_new_connection"
            | "proxy_on_downstream_data"
            | "proxy_on_upstream_data"
    )
}
