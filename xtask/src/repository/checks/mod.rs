//! Checks of the test command that need a tool beside the toolchain, each a command of its own as well.

pub mod deny;
pub mod miri;
pub mod reproduce;
pub mod semver;

use anyhow::Result;

/// What became of a check that found nothing wrong.
#[derive(Debug)]
pub enum Done {
    Passed,
    /// Its tool is not there and cannot be fetched, and why.
    Skipped(String),
}

impl Done {
    /// For a check that is asked for by itself: there, a skipped one has failed.
    pub fn or_fail(self) -> Result<()> {
        match self {
            Self::Passed => Ok(()),
            Self::Skipped(why) => anyhow::bail!("{why}"),
        }
    }
}

/// Whether this runs for CI, where everything must be there that can be fetched.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|ci| ci == "true")
}
