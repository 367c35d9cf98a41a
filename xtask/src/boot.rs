//! `boot`: modules in the wasmtime runner.

use std::ffi::OsString;

use anyhow::Result;

use crate::build;
use crate::host::{Host, Tool};
use crate::plugin::Subject;

/// Boot modules in the wasmtime runner, in Envoy's order, and drive a request through each
#[derive(clap::Args)]
pub struct Args {
    /// Plugins, or paths of modules [default: the plugin of the current folder, or all of the workspace]
    #[arg(value_name = "NAME|PATH.wasm")]
    subjects: Vec<String>,
}

pub fn run(args: &Args, host: &dyn Host) -> Result<()> {
    let subjects = Subject::all(&args.subjects)?;
    build::build_subjects(&subjects)?;
    let mut command: Vec<OsString> = Vec::new();
    for subject in subjects {
        let cases = subject.cases().into_iter().next().unwrap_or_default();
        command.extend(["--subject".into(), subject.name().into(), subject.module(), cases.into()]);
    }
    host.run(Tool::Boot, command)
}
