//! How commands end.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use anyhow::Result;

use crate::cargo::Failed;

/// What the caller asked for does not exist: exit code 2.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}

/// Says what went wrong, and with which exit code the process is to end.
pub fn exit(result: Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    #[cfg(feature = "cargo-whit")]
    if let Some(failure) = error.downcast_ref::<whit_test::cli::Failure>() {
        eprintln!("{failure}");
        return ExitCode::from(failure.code());
    }
    eprintln!("error: {error:#}");
    match error.downcast_ref() {
        Some(failed) => ExitCode::from(Failed::code(failed)),
        None => ExitCode::from(if error.is::<Usage>() { 2 } else { 1 }),
    }
}
