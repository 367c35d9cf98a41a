//! Whether two hosts did the same with a case, in all that a client, an upstream or a cluster can see.

use std::fmt;

use serde::Deserialize;

use super::CaseField;
use super::apart::apart;
use super::observed::{Observed, Outcome, Seen, SeenCall};

/// Fields that are not compared: they are made up or tell of time, or an HTTP codec makes them of what is
/// compared anyway, and the runner has none.
const OTHERWISE: [&str; 9] = [
    ":authority",
    ":scheme",
    ":status",
    "connection",
    "date",
    "host",
    "transfer-encoding",
    "x-envoy-upstream-service-time",
    "x-request-id",
];

/// What of a case two hosts did otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whose view it is.
    pub part: Part,
    /// What each of the two shows.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.what)
    }
}

/// Whose view of a case.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Whether the plugin is refused.
    Plugin,
    /// The HTTP client's.
    Client,
    /// The HTTP upstream's.
    Upstream,
    /// The TCP connection's, of both sides.
    Connection,
    /// Those of the clusters that the plugin calls.
    Calls,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plugin => "the plugin",
            Self::Client => "the client",
            Self::Upstream => "the upstream",
            Self::Connection => "the connection",
            Self::Calls => "calls",
        })
    }
}

impl Observed {
    /// What another host did otherwise, of what the case does not name as well. Lines that are logged are
    /// not compared: each case says all of them, or which it can know.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        [
            (Part::Plugin, self.refused.is_some().to_string(), other.refused.is_some().to_string()),
            (Part::Client, client(self), client(other)),
            (Part::Upstream, upstream(self), upstream(other)),
            (Part::Connection, connection(self), connection(other)),
            (Part::Calls, calls(self, other), calls(other, self)),
        ]
        .into_iter()
        .filter(|(_, one, another)| one != another)
        .map(|(part, one, another)| {
            let (one, another) = apart(&one, &another);
            Difference { part, what: format!("{one}, and elsewhere {another}") }
        })
        .collect()
    }
}

fn client(observed: &Observed) -> String {
    let outcome = |outcome: &Outcome| match outcome {
        Outcome::Answered { status, response } => format!("{status} {}", shown(response)),
        Outcome::Broken | Outcome::NoAnswer => outcome.to_string(),
    };
    let outcomes: Vec<_> = observed.streams.iter().map(|stream| outcome(&stream.outcome)).collect();
    outcomes.join("; ")
}

/// Whether a cluster notices a connection that carries nothing before it breaks is a matter of time.
fn connection(observed: &Observed) -> String {
    match &observed.connection {
        Some(seen) if seen.received.is_empty() && seen.got.is_empty() => "nothing".to_owned(),
        seen => format!("{seen:?}"),
    }
}

/// Which stream a request is of is not told, so they stand in an order of their own.
fn upstream(observed: &Observed) -> String {
    let mut seen: Vec<_> =
        observed.streams.iter().filter_map(|stream| stream.upstream.as_ref()).map(shown).collect();
    seen.sort_unstable();
    seen.join("; ")
}

/// A server that breaks off within its answer does not keep what it was asked: of such a call only the
/// cluster is compared.
fn calls(observed: &Observed, other: &Observed) -> String {
    let kept = |observed: &Observed, n: usize| {
        observed.calls.get(n).is_some_and(|call| !call.request.headers.is_empty())
    };
    let call = |(n, call): (usize, &SeenCall)| match kept(observed, n) && kept(other, n) {
        true => format!("{} {} {:?}", call.cluster, shown(&call.request), call.messages),
        false => call.cluster.clone(),
    };
    let calls: Vec<_> = observed.calls.iter().enumerate().map(call).collect();
    calls.join("; ")
}

/// A message. Fields stand in an order of their own: not every client tells that of names.
fn shown(seen: &Seen) -> String {
    let fields = |fields: &[CaseField]| {
        let mut fields: Vec<_> = fields
            .iter()
            .filter(|(name, value)| {
                let no_body = name == "content-length" && *value == *"0";
                !OTHERWISE.contains(&name.as_str()) && !no_body
            })
            .collect();
        fields.sort_by_key(|(name, _)| name.clone());
        format!("{fields:?}")
    };
    format!("{} {:?} {}", fields(&seen.headers), seen.body, fields(&seen.trailers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::SeenStream;

    fn answered(fields: &[(&str, &str)], body: &str) -> Observed {
        let headers =
            fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let response = Seen { headers, body: body.into(), trailers: Vec::new() };
        let outcome = Outcome::Answered { status: 200, response };
        let stream = SeenStream { outcome, upstream: None, filter_state: Vec::new() };
        Observed { streams: vec![stream], ..Observed::default() }
    }

    #[test]
    fn a_field_a_body_and_an_order_of_values_differ() {
        let one = answered(&[("a", "1"), ("a", "2")], "x");
        for other in [
            answered(&[("a", "1")], "x"),
            answered(&[("a", "2"), ("a", "1")], "x"),
            answered(&[("a", "1"), ("a", "2")], "y"),
            answered(&[("a", "1"), ("a", "2"), ("content-length", "1")], "x"),
        ] {
            let parts: Vec<_> =
                one.differences(&other).iter().map(|difference| difference.part).collect();
            assert_eq!(parts, [Part::Client]);
        }
    }

    #[test]
    fn dates_and_an_order_of_names_do_not() {
        let one = answered(&[("a", "1"), ("b", "2"), ("date", "today")], "x");
        let other = answered(&[("b", "2"), ("a", "1"), ("content-length", "0")], "x");
        assert_eq!(one.differences(&other), []);
    }
}
