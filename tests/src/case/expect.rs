//! What must come of a case.

use serde::Deserialize;

use super::{CaseBytes, CaseField};

/// What must come of a case. What is not said is not checked, but for logs, refusals and traps.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The host refuses the plugin, with this line of its log (without "Wasm VM failed").
    pub refused: Option<String>,
    /// The client gets no response.
    pub no_answer: bool,
    /// The client gets a response that breaks off: the connection closes before its end.
    pub broken: bool,
    /// A callback traps, with this line of the host's log: the first one that is so.
    pub trap: Option<String>,
    /// Other errors that the host logs of the VM, further traps too, all of them and in this order: the first
    /// line of each.
    pub errors: Vec<String>,
    /// The response's status.
    pub status: Option<u16>,
    /// Response headers, as `["name", "value"]`: a name stands for all its values, in order.
    pub headers: Vec<CaseField>,
    /// Response headers that stand there once, with a pattern for the value, as `["name", "pattern"]`: in it
    /// `{name}` stands for a text that is the same wherever the case has this name, and another one for
    /// another name.
    pub like: Vec<(String, String)>,
    /// Names that the response does not hold.
    pub absent: Vec<String>,
    /// The response's body.
    pub body: Option<CaseBytes>,
    /// The response's trailers, as `headers`.
    pub trailers: Vec<CaseField>,
    /// Some of the lines that the plugin logs while it starts, in this order, as `level: message`;
    /// others may lie between. Here and in the other logs, `*` stands for any text.
    pub boot_logs: Vec<String>,
    /// All lines that the plugin logs while the requests run; none by default. Envoy, whose level is
    /// `info` unless it is told otherwise, shows none below.
    pub log: Vec<LogLine>,
    /// Some of the lines that the plugin logs, in this order, as `level: message`; instead of `log`,
    /// where a host logs more than a case can know.
    pub logs: Vec<String>,
    /// Some of the lines that the plugin logs while the host shuts down, in this order, as `logs`.
    pub shutdown_logs: Vec<String>,
    /// What reaches the upstream, where the case has one.
    pub upstream: Option<ExpectMessage>,
    /// Nothing reaches the upstream.
    pub no_upstream: bool,
    /// TCP: what the client receives.
    pub receives: Option<String>,
    /// TCP: the cluster that gets the connection.
    pub cluster: Option<String>,
    /// TCP: what the cluster gets.
    pub gets: Option<String>,
    /// What reaches the clusters, in this order: all of it, if anything is said of it.
    pub calls: Vec<ExpectCall>,
    /// Nothing reaches the clusters.
    pub no_calls: bool,
    /// Objects of the stream's filter state at its end, as `["name", "value"]`: what a plugin sets as a
    /// property of its own has `wasm.` before its path.
    pub filter_state: Vec<(String, String)>,
    /// Counters and gauges at the end, as `["name", value]`.
    pub metrics: Vec<(String, u64)>,
}

/// What must reach the upstream.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectMessage {
    /// Request headers, as in [`Expect::headers`].
    pub headers: Vec<CaseField>,
    /// Request headers, as in [`Expect::like`].
    pub like: Vec<(String, String)>,
    /// Names that the request does not hold.
    pub absent: Vec<String>,
    /// The request's body.
    pub body: Option<CaseBytes>,
    /// The request's trailers, as in [`Expect::headers`].
    pub trailers: Vec<CaseField>,
}

/// What must reach a cluster.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ExpectCall {
    /// The cluster.
    pub cluster: String,
    /// Request headers, as in [`Expect::headers`].
    #[serde(default)]
    pub headers: Vec<CaseField>,
    /// Names that the request does not hold.
    #[serde(default)]
    pub absent: Vec<String>,
    /// The request's body.
    #[serde(default)]
    pub body: Option<CaseBytes>,
    /// gRPC: the only message, in hexadecimal.
    #[serde(default)]
    pub message: Option<String>,
    /// gRPC: the messages, in hexadecimal.
    #[serde(default)]
    pub messages: Vec<String>,
}

/// A line that the plugin logs.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// `trace`, `debug`, `info`, `warn`, `error` or `critical`.
    pub level: String,
    /// The message.
    pub message: String,
}

impl LogLine {
    /// Whether this line, as it was found, is one that is written `level: message`, where `*` stands
    /// for any text.
    pub(crate) fn is(&self, written: &str) -> bool {
        matches(written, &format!("{}: {}", self.level, self.message))
    }
}

/// Whether a text is this pattern, in which `*` stands for any text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text) in
            [("a", "a"), ("*", ""), ("a*c", "abbc"), ("*b*", "abc"), ("a*a*", "aa")]
        {
            assert!(matches(pattern, text), "{pattern:?} is {text:?}");
        }
        for (pattern, text) in [("a", "ab"), ("a*b", "ac"), ("a*a", "a"), ("*b*b", "ab")] {
            assert!(!matches(pattern, text), "{pattern:?} is not {text:?}");
        }
    }
}
