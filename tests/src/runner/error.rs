//! What can go wrong, in Envoy's words.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use super::log::LogLine;
use super::trace::Trace;
use crate::refusal::{VM_FAILED, sentence};

/// Why a module does not boot, or what a test asks for in vain.
#[derive(Debug, Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Envoy would refuse the module, or the module refused to start.
    #[error("{0}")]
    Refused(Refusal),
    /// The server cannot serve.
    #[cfg(feature = "serve")]
    #[error("{what}: {error}")]
    Serve {
        /// What it cannot do.
        what: String,
        /// Why.
        error: std::io::Error,
    },
    /// Something that a test asks for is not there.
    #[error("{0}")]
    NotThere(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why Envoy would not run a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    pub(crate) log: Vec<String>,
    pub(crate) guest_log: Vec<LogLine>,
    pub(crate) help: Option<String>,
    pub(crate) trace: Option<Trace>,
}

impl Refusal {
    /// Of a failure that Envoy reports in two steps: what, and at which stage.
    pub(crate) fn of(log: Vec<String>, stage: &str) -> Self {
        let mut refusal = Self { log, ..Self::default() };
        refusal.log.push(format!("{VM_FAILED}{stage}"));
        refusal
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(crate) fn traced(self, trace: Option<Trace>) -> Self {
        Self { trace, ..self }
    }

    /// What the VM did that refused, if the plugin was to be traced and the module got as far as a VM.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    /// The lines that Envoy logs as errors of its `wasm` logger.
    pub fn log(&self) -> &[String] {
        &self.log
    }

    /// What the plugin logged before it was refused.
    pub fn guest_log(&self) -> &[LogLine] {
        &self.guest_log
    }
}

/// One sentence.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(&self.log, self.help.as_deref()))
    }
}
