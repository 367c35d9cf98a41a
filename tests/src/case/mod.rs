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

mod apart;
mod body;
mod bytes;
mod check;
mod compare;
mod differences;
mod expect;
mod grpc;
mod like;
mod observed;
mod sound;
mod traffic;
mod version;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};
use thiserror::Error;

use crate::Place;

pub use body::CaseBody;
pub use bytes::{CaseBytes, CaseField};
pub use differences::{Difference, Part};
pub(crate) use expect::matches;
pub use expect::{Expect, ExpectCall, ExpectMessage, LogLine};
#[cfg(any(feature = "envoy", feature = "runner"))]
pub(crate) use grpc::hex;
pub use grpc::{CaseGrpcAnswer, Hex};
pub use observed::{Observed, Outcome, Seen, SeenCall, SeenConnection, SeenStream};
pub use traffic::{
    CaseAnswer, CaseCluster, CaseConnection, CaseRequest, CaseRoute, CaseStream, MetadataValue,
};
pub use version::EnvoyVersion;

/// A case file: TOML, a `[[case]]` for each case.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// The cases, in order: one at least. What nobody would read of one is refused.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
    /// Where each begins.
    #[serde(skip)]
    pub places: Vec<Place>,
}

/// One start of a plugin, or of several, and one request, or several.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The first release of Envoy that does this.
    #[serde(default)]
    pub since: Option<EnvoyVersion>,
    /// The last release of Envoy that does this.
    #[serde(default)]
    pub until: Option<EnvoyVersion>,
    /// In which parts the runner may do otherwise than Envoy, beside what is expected, and why.
    #[serde(default)]
    pub differs: BTreeMap<Part, String>,
    /// What kind of plugin it is about.
    #[serde(default)]
    pub kind: Kind,
    /// The VM configuration.
    #[serde(default)]
    pub vm_configuration: String,
    /// The plugin configuration.
    #[serde(default)]
    pub configuration: String,
    /// Environment variables of the VM.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What becomes of streams once a callback has trapped.
    #[serde(default)]
    pub failure_policy: FailurePolicy,
    /// The hostcalls and callbacks that the plugin may use; without a list, all.
    #[serde(default)]
    pub capabilities: Option<Vec<String>>,
    /// Instead of `configuration`: the configurations of several plugins, which share one VM and form
    /// one chain, in this order.
    #[serde(default)]
    pub plugins: Vec<String>,
    /// Variants of a filter that this case does not concern, each with the reason.
    #[serde(default)]
    pub excused: BTreeMap<String, String>,
    /// The client's request; by default GET /.
    #[serde(default)]
    pub request: CaseRequest,
    /// The upstream's answer. Without one, the route answers by itself: 200, "hello world\n".
    #[serde(default)]
    pub upstream: Option<CaseAnswer>,
    /// Routes that are tried before the one of all else, in this order.
    #[serde(default)]
    pub routes: Vec<CaseRoute>,
    /// The client's connection, for a filter of TCP.
    #[serde(default)]
    pub connection: CaseConnection,
    /// Clusters that the plugin can call.
    #[serde(default, rename = "cluster")]
    pub clusters: Vec<CaseCluster>,
    /// How many ticks the case waits for, at least: on the runner's own clock, and in Envoy as long as
    /// they take to give what the case expects.
    #[serde(default)]
    pub ticks: u32,
    /// The host shuts down at the end, so that plugins end: see `expect.shutdown_logs`.
    #[serde(default)]
    pub shuts_down: bool,
    /// Dynamic metadata, by namespace and key, that a filter in front of the plugin leaves.
    #[serde(default)]
    pub metadata: BTreeMap<String, BTreeMap<String, MetadataValue>>,
    /// Several streams, instead of `request` and of what is expected of it.
    #[serde(default, rename = "stream")]
    pub streams: Vec<CaseStream>,
    /// What must come of it.
    #[serde(default)]
    pub expect: Expect,
}

/// What becomes of streams once a callback of a plugin has trapped: Envoy's `failure_policy`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum FailurePolicy {
    /// Each is answered with a 503.
    #[default]
    Closed,
    /// Later ones pass without the plugin.
    Open,
    /// The plugin starts again in a new VM, for the first stream that comes a second or more after the
    /// last time.
    Reload,
}

/// The kind of a plugin.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is a filter of HTTP streams.
    #[default]
    Http,
    /// It is a filter of TCP connections, which go to the first cluster unless it routes them.
    Tcp,
    /// It runs beside all traffic: in Envoy a singleton of `envoy.bootstrap.wasm`.
    Background,
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
            since: None,
            until: None,
            differs: BTreeMap::new(),
            kind: Kind::Http,
            vm_configuration: String::new(),
            configuration: String::new(),
            environment: BTreeMap::new(),
            failure_policy: FailurePolicy::default(),
            capabilities: None,
            plugins: Vec::new(),
            excused: BTreeMap::new(),
            routes: Vec::new(),
            connection: CaseConnection::default(),
            clusters: Vec::new(),
            ticks: 0,
            shuts_down: false,
            metadata: BTreeMap::new(),
            streams: Vec::new(),
            request: CaseRequest::default(),
            upstream: None,
            expect: Expect::default(),
        }
    }

    /// The configurations of its plugins, in the order of their chain.
    pub fn configurations(&self) -> &[String] {
        if self.plugins.is_empty() {
            std::slice::from_ref(&self.configuration)
        } else {
            &self.plugins
        }
    }

    /// Its HTTP streams.
    pub fn streams(&self) -> Vec<CaseStream> {
        if self.kind != Kind::Http {
            Vec::new()
        } else if self.streams.is_empty() {
            let (request, expect) = (self.request.clone(), self.expect.clone());
            vec![CaseStream { request, expect, ..CaseStream::default() }]
        } else {
            self.streams.clone()
        }
    }

    /// Whether it goes over HTTP/2: where it is about trailers.
    pub fn http2(&self) -> bool {
        let upstream = self.upstream.iter().any(|upstream| !upstream.trailers.is_empty());
        upstream
            || self.streams().iter().any(|CaseStream { request, expect, .. }| {
                let upstream = expect.upstream.iter().any(|upstream| !upstream.trailers.is_empty());
                !request.trailers.is_empty() || !expect.trailers.is_empty() || upstream
            })
    }

    /// Why this variant of a filter does not run it: `official` stands for all builds of the official
    /// crate.
    pub fn excuse(&self, variant: &str) -> Option<&str> {
        let named = |(name, _): &(&String, &String)| {
            *name == variant || (*name == "official" && variant.starts_with("official"))
        };
        self.excused.iter().find(named).map(|(_, reason)| reason.as_str())
    }
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
    /// Line and column, and what was expected there, or what a case says there that nobody would read.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        #[derive(Deserialize)]
        struct Spans {
            case: Vec<toml::Spanned<IgnoredAny>>,
        }
        let file: Self = toml::from_str(text)?;
        let Spans { case } = toml::from_str(text)?;
        let place = |begin: usize| Place::BEGIN.after(&text.as_bytes()[..begin]);
        let places: Vec<Place> = case.iter().map(|case| place(case.span().start)).collect();
        if places.is_empty() {
            return Err(toml::de::Error::custom("there is no case: write a `[[case]]` for each"));
        }
        for (case, Place { line, column }) in file.cases.iter().zip(&places) {
            if let Some(why) = case.unsound() {
                let told = format!("line {line}, column {column}: {why}");
                return Err(toml::de::Error::custom(told));
            }
        }
        Ok(Self { places, ..file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_each_case_is_known() {
        let file = CaseFile::parse("# é\n[[case]]\nname = 'a'\n\n  [[case]]\n  name = 'b'\n");
        let places = file.expect("a valid case file").places;
        assert_eq!(places, [Place { line: 2, column: 1 }, Place { line: 5, column: 3 }]);
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let error = CaseFile::parse("[[case]]\nname = 'a'\nexpct.status = 200\n");
        let error = error.expect_err("a misspelt key").to_string();
        assert!(error.contains("line 3, column 1") && error.contains("expect"), "{error}");
    }
}
