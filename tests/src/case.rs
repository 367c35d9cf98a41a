//! Case files: what a filter must do, which the runner and Envoy both check.
//!
//! ```
//! use whit_test::case::CaseFile;
//!
//! let file = CaseFile::parse(
//!     r#"
//!     [[case]]
//!     name = "adds its header"
//!     expect.status = 200
//!     expect.headers = [["x-hello", "world"]]
//!     "#,
//! )
//! .expect("a valid case file");
//! assert_eq!(file.cases[0].request.path, "/");
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

/// A case file: TOML, a `[[case]]` for each case.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// The cases, in order.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// One start of a plugin and one request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The VM configuration.
    #[serde(default)]
    pub vm_configuration: String,
    /// The plugin configuration.
    #[serde(default)]
    pub configuration: String,
    /// The client's request; by default GET /.
    #[serde(default)]
    pub request: CaseRequest,
    /// The upstream's answer. Without one, the route answers by itself: 200, "hello world\n".
    #[serde(default)]
    pub upstream: Option<CaseAnswer>,
    /// What must come of it.
    pub expect: Expect,
}

impl Case {
    /// The id of the VM that a case runs in.
    pub const VM_ID: &'static str = "my_vm";
    /// The status of a route that answers by itself.
    pub const DIRECT_STATUS: u16 = 200;
    /// The body of a route that answers by itself.
    pub const DIRECT_BODY: &'static str = "hello world\n";

    /// For a module without a case file: no configuration, GET /, the route answers.
    pub fn get() -> Self {
        Self {
            name: "GET /".to_owned(),
            vm_configuration: String::new(),
            configuration: String::new(),
            request: CaseRequest::default(),
            upstream: None,
            expect: Expect::default(),
        }
    }
}

/// A request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct CaseRequest {
    /// The method.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// Further headers, as `["name", "value"]`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Default for CaseRequest {
    fn default() -> Self {
        Self {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            headers: Vec::new(),
            body: String::new(),
        }
    }
}

/// An upstream's answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct CaseAnswer {
    /// The status.
    pub status: u16,
    /// The headers, as `["name", "value"]`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Default for CaseAnswer {
    fn default() -> Self {
        Self {
            status: Case::DIRECT_STATUS,
            headers: Vec::new(),
            body: Case::DIRECT_BODY.to_owned(),
        }
    }
}

/// What must come of a case. What is not said is not checked, but for logs and refusals.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The host refuses the plugin, with this line of its log (without "Wasm VM failed").
    pub refused: Option<String>,
    /// The client gets no response, or a broken one.
    pub no_answer: bool,
    /// The response's status.
    pub status: Option<u16>,
    /// Response headers, as `["name", "value"]`: a name stands for all its values, in order.
    pub headers: Vec<(String, String)>,
    /// Names that the response does not hold.
    pub absent: Vec<String>,
    /// The response's body.
    pub body: Option<String>,
    /// All lines that the plugin logs while the request runs; none by default. Envoy, whose level is
    /// `info` unless it is told otherwise, shows none below.
    pub log: Vec<LogLine>,
    /// What reaches the upstream, where the case has one.
    pub upstream: Option<ExpectUpstream>,
}

/// What must reach the upstream.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectUpstream {
    /// Request headers, as in [`Expect::headers`].
    pub headers: Vec<(String, String)>,
    /// Names that the request does not hold.
    pub absent: Vec<String>,
    /// The request's body.
    pub body: Option<String>,
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

/// What is wrong with a case file.
#[derive(Debug, Error)]
pub enum CaseError {
    /// It cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no case file; the message says line, column and what was expected there.
    #[error("{}: {error}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        error: toml::de::Error,
    },
}

impl CaseFile {
    /// Reads a case file.
    ///
    /// # Errors
    /// It cannot be read, or is no case file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, CaseError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| CaseError::Read { path: path.to_owned(), error })?;
        Self::parse(&text).map_err(|error| CaseError::Parse { path: path.to_owned(), error })
    }

    /// Parses a case file.
    ///
    /// # Errors
    /// Line and column, and what was expected there.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

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
            Outcome::Answered { .. } | Outcome::NoAnswer => Vec::new(),
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
            (None, Outcome::Answered { status, response }) if !expect.no_answer => {
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
            (None, Outcome::NoAnswer) if expect.no_answer => {}
            (None, outcome) => differences.push(outcome.to_string()),
        }
        if observed.log != expect.log {
            differences.push(format!("the log is {:?} instead of {:?}", observed.log, expect.log));
        }
        match (&expect.upstream, &observed.upstream) {
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
        // A trap shows in the host's log first of all.
        if !differences.is_empty() {
            differences.extend(observed.errors.iter().cloned());
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

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let error = CaseFile::parse("[[case]]\nname = 'a'\nexpct.status = 200\n");
        let error = error.expect_err("a misspelt key").to_string();
        assert!(error.contains("line 3, column 1") && error.contains("expect"), "{error}");
    }
}
