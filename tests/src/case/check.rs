//! Whether what came of a case is what it expects.

use super::compare::{compare, compare_fields};
use super::expect::{Expect, ExpectCall};
use super::observed::{Observed, Outcome, SeenCall, SeenConnection, SeenStream};
use super::{Case, LogLine, like};

impl Case {
    /// What differs from what the case expects; nothing if it passes.
    pub fn check(&self, observed: &Observed) -> Vec<String> {
        let expect = &self.expect;
        match (&expect.refused, &observed.refused) {
            (None, Some(_)) => return vec![observed.to_string()],
            (Some(line), None) => {
                return vec![format!("should be refused with {line:?}, but is {observed}")];
            }
            (Some(line), Some(_)) => {
                let logged = |error: &String| {
                    error == line || error.strip_prefix("Wasm VM failed ") == Some(line)
                };
                let mut differences = Vec::new();
                if !observed.errors.iter().any(logged) {
                    differences
                        .push(format!("refused, but without {line:?}: {:?}", observed.errors));
                }
                differences.extend(expect.check_boot_log(observed));
                return differences;
            }
            (None, None) => {}
        }
        let mut differences = Vec::new();
        let streams = self.streams();
        for (n, (stream, seen)) in streams.iter().zip(&observed.streams).enumerate() {
            if !stream.closes {
                let found = stream.expect.check_stream(seen);
                let of =
                    if streams.len() > 1 { format!("stream {}: ", n + 1) } else { String::new() };
                differences.extend(found.into_iter().map(|difference| format!("{of}{difference}")));
            }
        }
        differences.extend(like::differences(&streams, observed));
        differences
            .extend(observed.connection.iter().flat_map(|seen| expect.check_connection(seen)));
        differences.extend(expect.check_log(observed));
        differences.extend(expect.check_calls(&observed.calls));
        for (name, value) in &expect.metrics {
            let found = observed.metrics.iter().find(|(found, _)| found == name);
            let found = found.and_then(|(_, value)| *value);
            if found != Some(*value) {
                differences.push(format!("the metric {name} is {found:?} instead of {value}"));
            }
        }
        differences.extend(expect.check_errors(&observed.errors));
        differences
    }
}

impl Expect {
    /// The first error that is the trap is it; all others are expected by themselves.
    fn check_errors(&self, errors: &[String]) -> Option<String> {
        // Where a trap was, below the first line, is not compared.
        let is = |error: &&String, line: &String| error.lines().next() == Some(line);
        let mut others: Vec<&String> = errors.iter().collect();
        if let Some(line) = &self.trap {
            let trap = others.iter().position(|error| is(error, line));
            let Some(trap) = trap else {
                return Some(format!("no callback traps with {line:?}"));
            };
            others.remove(trap);
        }
        let beside = if self.trap.is_some() { "other errors" } else { "errors" };
        let differ = others.len() != self.errors.len()
            || !others.iter().zip(&self.errors).all(|(error, line)| is(error, line));
        differ.then(|| format!("the host's {beside} are {others:?} instead of {:?}", self.errors))
    }

    fn check_stream(&self, seen: &SeenStream) -> Vec<String> {
        let mut differences = Vec::new();
        match &seen.outcome {
            Outcome::NoAnswer if self.no_answer => {}
            Outcome::Broken if self.broken => {}
            Outcome::Answered { status, response } if !self.no_answer && !self.broken => {
                if let Some(expected) = self.status
                    && expected != *status
                {
                    differences.push(format!("the status is {status} instead of {expected}"));
                }
                let (wanted, found) = (&self.trailers, &response.trailers);
                differences.extend(compare_fields("response's trailers", wanted, found));
                let body = self.body.as_ref();
                differences.extend(compare(
                    "response",
                    &self.headers,
                    &self.absent,
                    body,
                    response,
                ));
            }
            outcome => differences.push(outcome.to_string()),
        }
        match (&self.upstream, &seen.upstream) {
            (None, Some(_)) if self.no_upstream => {
                differences.push("a request reached the upstream".to_owned());
            }
            (None, _) => {}
            (Some(_), None) => differences.push("nothing reached the upstream".to_owned()),
            (Some(expect), Some(request)) => {
                let (wanted, found) = (&expect.trailers, &request.trailers);
                differences.extend(compare_fields("request's trailers", wanted, found));
                let body = expect.body.as_ref();
                differences.extend(compare(
                    "request",
                    &expect.headers,
                    &expect.absent,
                    body,
                    request,
                ));
            }
        }
        for (name, value) in &self.filter_state {
            let found = seen.filter_state.iter().find(|(found, _)| found == name);
            let found = found.and_then(|(_, value)| value.as_ref());
            if found != Some(value) {
                let difference =
                    format!("the filter state {name} is {found:?} instead of {value:?}");
                differences.push(difference);
            }
        }
        differences
    }

    fn check_connection(&self, seen: &SeenConnection) -> Vec<String> {
        let mut differences = Vec::new();
        let mut check = |what: &str, expected: Option<&str>, found: Option<&str>| {
            if expected.is_some() && expected != found {
                differences.push(format!("{what} {found:?} instead of {expected:?}"));
            }
        };
        check("the client receives", self.receives.as_deref(), Some(&seen.received));
        check("the connection goes to", self.cluster.as_deref(), seen.cluster.as_deref());
        check("the cluster gets", self.gets.as_deref(), Some(&seen.got));
        differences
    }

    fn check_boot_log(&self, observed: &Observed) -> Vec<String> {
        lacks("the log of the start", &self.boot_logs, &observed.boot_log).into_iter().collect()
    }

    fn check_log(&self, observed: &Observed) -> Vec<String> {
        let mut differences = self.check_boot_log(observed);
        let last = &observed.shutdown_log;
        differences.extend(lacks("the log of the end", &self.shutdown_logs, last));
        if !self.logs.is_empty() {
            differences.extend(lacks("the log", &self.logs, &observed.log));
        } else if !same_log(&self.log, &observed.log) {
            differences.push(format!("the log is {:?} instead of {:?}", observed.log, self.log));
        }
        differences
    }

    fn check_calls(&self, calls: &[SeenCall]) -> Vec<String> {
        if self.calls.is_empty() {
            let names = calls.iter().map(|call| call.cluster.as_str());
            let unwanted = names.take(usize::from(self.no_calls));
            return unwanted.map(|name| format!("a call reached the cluster {name}")).collect();
        }
        let clusters =
            |found: &mut dyn Iterator<Item = &String>| found.cloned().collect::<Vec<_>>();
        let wanted = clusters(&mut self.calls.iter().map(|call| &call.cluster));
        let found = clusters(&mut calls.iter().map(|call| &call.cluster));
        if wanted != found {
            return vec![format!("the calls go to {found:?} instead of {wanted:?}")];
        }
        self.calls.iter().zip(calls).flat_map(|(expect, call)| expect.check(call)).collect()
    }

    /// Whether a log holds all that is expected of it, so that there is nothing more to wait for.
    #[cfg(feature = "envoy")]
    pub(crate) fn log_is_complete(&self, log: &[LogLine]) -> bool {
        missing(&self.logs, log).is_none() && log.len() >= self.log.len()
    }
}

impl ExpectCall {
    fn check(&self, call: &SeenCall) -> Vec<String> {
        let what = format!("call to {}", self.cluster);
        let body = self.body.as_ref();
        let mut differences = compare(&what, &self.headers, &self.absent, body, &call.request);
        let wanted: Vec<&String> = self.message.iter().chain(&self.messages).collect();
        if !wanted.is_empty() && !wanted.iter().copied().eq(&call.messages) {
            let found = &call.messages;
            differences.push(format!("the {what} has messages {found:?} instead of {wanted:?}"));
        }
        differences
    }
}

/// The first of these lines that does not follow the ones before it.
fn missing<'a>(wanted: &'a [String], found: &[LogLine]) -> Option<&'a String> {
    let mut lines = found.iter();
    wanted.iter().find(|wanted| !lines.any(|line| line.is(wanted)))
}

fn lacks(what: &str, wanted: &[String], found: &[LogLine]) -> Option<String> {
    let missing = missing(wanted, found)?;
    Some(format!("{what} lacks {missing:?}: {found:?}"))
}

fn same_log(wanted: &[LogLine], found: &[LogLine]) -> bool {
    let same = |(wanted, found): (&LogLine, &LogLine)| {
        wanted.level == found.level && super::matches(&wanted.message, &found.message)
    };
    wanted.len() == found.len() && wanted.iter().zip(found).all(same)
}

#[cfg(test)]
mod tests {
    use super::super::{CaseFile, Seen};
    use super::*;

    fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Observed {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
        let response = Seen { headers: headers.collect(), body: body.into(), ..Seen::default() };
        Observed {
            streams: vec![SeenStream {
                outcome: Outcome::Answered { status, response },
                upstream: None,
                filter_state: Vec::new(),
            }],
            ..Observed::default()
        }
    }

    fn case(expect: &str) -> Case {
        let file = CaseFile::parse(&format!("[[case]]\nname = 'a'\n[case.expect]\n{expect}"));
        file.expect("a valid case file").cases.remove(0)
    }

    #[test]
    fn each_expectation_is_checked() {
        let expect = "status = 200\nheaders = [['a', '1'], ['a', '2']]\nabsent = ['b']\nbody = 'c'";
        let with_trailers = format!("{expect}\ntrailers = [['d', '']]");
        let case = case(expect);
        let good = [("a", "1"), ("A", "2"), ("d", "")];
        assert!(case.check(&answered(200, &good, "c")).is_empty());
        for (bad, difference) in [
            (answered(201, &good, "c"), "the status is 201 instead of 200"),
            (answered(200, &good[..1], "c"), r#"the response's a is ["1"] instead of ["1", "2"]"#),
            (
                answered(200, &[("a", "1"), ("a", "2"), ("b", "3")], "c"),
                r#"the response holds b: ["3"]"#,
            ),
            (answered(200, &good, "C"), r#"the response's body is "C" instead of "c""#),
        ] {
            assert_eq!(case.check(&bad), [difference]);
        }
        let difference = r#"the response's trailers's d is [] instead of [""]"#;
        assert_eq!(self::case(&with_trailers).check(&answered(200, &good, "c")), [difference]);
    }

    #[test]
    fn errors_beside_a_trap_are_checked() {
        let mut observed = answered(200, &[], "");
        let trapped = case("trap = 'a'");
        observed.errors = vec!["a\nwhere".to_owned()];
        assert!(trapped.check(&observed).is_empty());
        observed.errors = vec!["b".to_owned(), "a\nwhere".to_owned(), "a\nelsewhere".to_owned()];
        let told = r#"the host's other errors are ["b", "a\nelsewhere"] instead of []"#;
        assert_eq!(trapped.check(&observed), [told]);
        assert!(case("trap = 'a'\nerrors = ['b', 'a']").check(&observed).is_empty());
    }

    #[test]
    fn a_log_line_or_a_refusal_that_is_not_expected_is_a_difference() {
        let mut observed = answered(200, &[], "");
        observed.log.push(LogLine { level: "info".to_owned(), message: "hi".to_owned() });
        assert_eq!(case("").check(&observed).len(), 1);
        assert!(case("log = [{ level = 'info', message = 'hi' }]").check(&observed).is_empty());

        let refused = Observed::refused(
            vec!["Wasm VM failed Failed to start base Wasm".to_owned()],
            vec![LogLine { level: "error".to_owned(), message: "no limit".to_owned() }],
            "Failed to start base Wasm".to_owned(),
        );
        assert_eq!(case("").check(&refused)[0], "refused: Failed to start base Wasm");
        assert!(case("refused = 'Failed to start base Wasm'").check(&refused).is_empty());
        let because = "refused = 'Failed to start base Wasm'\nboot_logs = ['error: no limit']";
        assert!(case(because).check(&refused).is_empty());
        assert_eq!(case(&because.replace("no limit", "a limit")).check(&refused).len(), 1);
        assert_eq!(case("refused = 'Another reason'").check(&refused).len(), 1);
        assert_eq!(case("refused = 'Any reason'").check(&observed).len(), 1);
    }
}
