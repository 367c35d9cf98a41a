//! What runs plugins: `whit-test`, which is in `cargo whit`, and has programs of its own beside `cargo xtask`.

use std::ffi::OsString;

use anyhow::Result;

use crate::plugin::Plugin;

/// A command of `whit-test`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Boot,
    Case,
    Cases,
    Check,
    Envoy,
    Run,
    Trace,
}

/// Where the commands of `whit-test` are.
pub trait Host {
    /// Runs one of them. It may take the place of this process.
    fn run(&self, tool: Tool, args: Vec<OsString>) -> Result<()>;

    /// Runs the server, and builds a plugin whenever its source changes, until the server ends.
    fn serve(&self, args: Vec<OsString>, watched: &Plugin) -> Result<()>;
}
