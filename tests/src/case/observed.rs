//! What came of a case, and whether it is what the case expects.

use std::fmt;

use super::{Case, LogLine};

/// What a host did with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// How it ended.
    pub outcome: Outcome,
    /// What reached the upstream, if the case has one and anything did.
    pub upstream: Option<Seen>,
    /// What the plugin logged while the request ran.
    pub log: Vec<LogLine>,
    /// What the host logged as errors of the VM.
    pub errors: Vec<String>,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The host did not take the plugin.
    Refused {
        /// Why, in one sentence.
        why: String,
    },
    /// The client got a response.
    Answered {
        /// Its status.
        status: u16,
        /// Its headers and body.
        response: Seen,
    },
    /// The client got a response that broke off.
    Broken,
    /// The client got none.
    NoAnswer,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { why } => write!(f, "refused: {why}"),
            Self::Answered { status, response } => {
                write!(f, "accepted; {status}, {} bytes", response.body.len())
            }
            Self::Broken => f.write_str("accepted; a response that breaks off"),
            Self::NoAnswer => f.write_str("accepted; no answer"),
        }
    }
}

/// A message as a client or an upstream sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its headers; names are in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Seen {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Observed {
    /// What a module without a case file must do: be accepted, whatever it makes of the request.
    pub fn check_accepted(&self) -> Vec<String> {
        match &self.outcome {
            Outcome::Refused { why } => vec![format!("refused: {why}")],
            Outcome::Answered { .. } | Outcome::Broken | Outcome::NoAnswer => Vec::new(),
        }
    }

    /// Of a plugin that the host refused, with the lines of its log.
    pub fn refused(errors: Vec<String>, why: String) -> Self {
        Self { outcome: Outcome::Refused { why }, upstream: None, log: Vec::new(), errors }
    }
}

impl Case {
    /// What differs from what the case expects; nothing if it passes.
    pub fn check(&self, observed: &Observed) -> Vec<String> {
        let mut differences = Vec::new();
        let expect = &self.expect;
        match (&expect.refused, &observed.outcome) {
            (Some(line), Outcome::Refused { .. }) => {
                let logged = |error: &String| {
                    error == line || error.strip_prefix("Wasm VM failed ") == Some(line)
                };
                if !observed.errors.iter().any(logged) {
                    differences
                        .push(format!("refused, but without {line:?}: {:?}", observed.errors));
                }
                return differences;
            }
            (Some(line), outcome) => {
                differences.push(format!("should be refused with {line:?}, but is {outcome}"));
                return differences;
            }
            (None, Outcome::NoAnswer) if expect.no_answer => {}
            (None, Outcome::Broken) if expect.broken => {}
            (None, Outcome::Answered { status, response })
                if !expect.no_answer && !expect.broken =>
            {
                if let Some(expected) = expect.status
                    && expected != *status
                {
                    differences.push(format!("the status is {status} instead of {expected}"));
                }
                compare(
                    "response",
                    &expect.headers,
                    &expect.absent,
                    expect.body.as_deref(),
                    response,
                    &mut differences,
                );
            }
            (None, outcome) => differences.push(outcome.to_string()),
        }
        if expect.logs.is_empty() {
            if observed.log != expect.log {
                differences
                    .push(format!("the log is {:?} instead of {:?}", observed.log, expect.log));
            }
        } else {
            let mut lines =
                observed.log.iter().map(|line| format!("{}: {}", line.level, line.message));
            if let Some(missing) =
                expect.logs.iter().find(|line| !lines.any(|found| found == **line))
            {
                differences.push(format!("the log lacks {missing:?}: {:?}", observed.log));
            }
        }
        match (&expect.upstream, &observed.upstream) {
            (None, Some(_)) if expect.no_upstream => {
                differences.push("a request reached the upstream".to_owned());
            }
            (None, _) => {}
            (Some(_), None) => differences.push("nothing reached the upstream".to_owned()),
            (Some(expect), Some(request)) => {
                compare(
                    "request",
                    &expect.headers,
                    &expect.absent,
                    expect.body.as_deref(),
                    request,
                    &mut differences,
                );
            }
        }
        let trapped =
            |line: &String| observed.errors.iter().any(|error| error.lines().next() == Some(line));
        match &expect.trap {
            None => differences.extend(observed.errors.iter().cloned()),
            Some(line) if trapped(line) => {}
            Some(line) => differences.push(format!("no callback traps with {line:?}")),
        }
        differences
    }
}

fn compare(
    what: &str,
    headers: &[(String, String)],
    absent: &[String],
    body: Option<&str>,
    seen: &Seen,
    differences: &mut Vec<String>,
) {
    let mut names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    for name in names {
        let expected: Vec<&str> = headers
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        let found: Vec<&str> = seen.all(name).collect();
        if found != expected {
            differences.push(format!("the {what}'s {name} is {found:?} instead of {expected:?}"));
        }
    }
    for name in absent {
        let found: Vec<&str> = seen.all(name).collect();
        if !found.is_empty() {
            differences.push(format!("the {what} holds {name}: {found:?}"));
        }
    }
    if let Some(expected) = body
        && expected != seen.body
    {
        differences.push(format!("the {what}'s body is {:?} instead of {expected:?}", seen.body));
    }
}

#[cfg(test)]
mod tests {
    use super::super::CaseFile;
    use super::*;

    fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Observed {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let response = Seen { headers: headers.collect(), body: body.to_owned() };
        Observed {
            outcome: Outcome::Answered { status, response },
            upstream: None,
            log: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn case(expect: &str) -> Case {
        let file = CaseFile::parse(&format!("[[case]]\nname = 'a'\n[case.expect]\n{expect}"));
        file.expect("a valid case file").cases.remove(0)
    }

    #[test]
    fn each_expectation_is_checked() {
        let case =
            case("status = 200\nheaders = [['a', '1'], ['a', '2']]\nabsent = ['b']\nbody = 'c'");
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
    }

    #[test]
    fn a_log_line_or_a_refusal_that_is_not_expected_is_a_difference() {
        let mut observed = answered(200, &[], "");
        observed.log.push(LogLine { level: "info".to_owned(), message: "hi".to_owned() });
        assert_eq!(case("").check(&observed).len(), 1);
        assert!(case("log = [{ level = 'info', message = 'hi' }]").check(&observed).is_empty());

        let refused = Observed::refused(
            vec!["Wasm VM failed Failed to start base Wasm".to_owned()],
            "Failed to start base Wasm".to_owned(),
        );
        assert_eq!(case("").check(&refused)[0], "refused: Failed to start base Wasm");
        assert!(case("refused = 'Failed to start base Wasm'").check(&refused).is_empty());
        assert_eq!(case("refused = 'Another reason'").check(&refused).len(), 1);
        assert_eq!(case("refused = 'Any reason'").check(&observed).len(), 1);
    }
}
