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

mod observed;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

pub use observed::{Observed, Outcome, Seen};

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
    /// The cluster of a case's upstream.
    pub const CLUSTER: &'static str = "upstream";
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
    /// A callback traps, with this line of the host's log.
    pub trap: Option<String>,
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
    /// Some of the lines that the plugin logs, in this order, as `level: message`; instead of `log`,
    /// where a host logs more than a case can know.
    pub logs: Vec<String>,
    /// What reaches the upstream, where the case has one.
    pub upstream: Option<ExpectUpstream>,
    /// Nothing reaches the upstream.
    pub no_upstream: bool,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let error = CaseFile::parse("[[case]]\nname = 'a'\nexpct.status = 200\n");
        let error = error.expect_err("a misspelt key").to_string();
        assert!(error.contains("line 3, column 1") && error.contains("expect"), "{error}");
    }
}
