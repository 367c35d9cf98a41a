//! Why a command has no success.

use std::fmt;
use std::path::Path;

/// Why a command has no success, and its exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    errors: Vec<String>,
    code: u8,
}

impl Failure {
    /// What the caller asked for cannot be had.
    pub(super) fn usage(error: impl Into<String>) -> Self {
        Self { errors: vec![error.into()], code: 2 }
    }

    /// It was tried, and this came of it.
    pub(super) fn of(error: impl Into<String>) -> Self {
        Self::all(vec![error.into()])
    }

    /// Several things came of it.
    pub(super) fn all(errors: Vec<String>) -> Self {
        Self { errors, code: 1 }
    }

    /// Several things that the caller asked for cannot be had.
    pub(super) fn usages(errors: Vec<String>) -> Self {
        Self { errors, code: 2 }
    }

    /// The exit code: 2 if what was asked for cannot be had, 1 otherwise.
    pub const fn code(&self) -> u8 {
        self.code
    }
}

/// A line `error: …` for each thing that is wrong.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors: Vec<String> =
            self.errors.iter().map(|error| format!("error: {error}")).collect();
        f.write_str(&errors.join("\n"))
    }
}

impl std::error::Error for Failure {}

/// A file that the caller named.
pub(super) fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, Failure> {
    let path = path.as_ref();
    std::fs::read(path)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
}
