//! Real Envoy: where it is found, how it is configured, and case files run through it.
//!
//! ```no_run
//! use whit_test::case::CaseFile;
//! use whit_test::envoy::Envoy;
//!
//! let envoy = Envoy::find("target/envoy".as_ref()).expect("an Envoy");
//! let file = CaseFile::read("cases.toml").expect("a case file");
//! for case in &file.cases {
//!     let observed = envoy.observe("filter.wasm".as_ref(), case).expect("Envoy ran");
//!     assert!(case.check(&observed).is_empty());
//! }
//! ```

mod cluster;
mod clusters;
mod config;
mod config_http;
mod filter_state;
mod find;
mod grpc;
mod http;
mod message;
mod observe;
mod process;
mod streams;
mod tcp;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

pub use cluster::Cluster;
pub use config::Config;
pub use find::VERSION;

/// An Envoy that can be run.
#[derive(Clone, Debug)]
pub struct Envoy {
    program: PathBuf,
    /// Where configurations are written.
    folder: PathBuf,
}

/// Why a case could not be run in Envoy. That Envoy refuses a plugin is no error.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no Envoy, and none can be fetched.
    #[error("{0}")]
    Missing(String),
    /// A file or a process failed.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        error: io::Error,
    },
    /// Envoy did something that no case expects.
    #[error("{0}")]
    Unexpected(String),
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |error| Self::Io { what, error }
    }
}
