//! `check`: what each host would say to modules, and what takes their bytes.

use std::ffi::OsString;

use anyhow::Result;

use crate::build;
use crate::host::{Host, Tool};
use crate::plugin::Subject;

/// Say what Envoy, the runner and NGINX accept of modules and why, and what takes their bytes; nothing runs
///
/// The exit code is 0 if Envoy accepts each of them, 1 if it refuses one, and 2 if one cannot be read or
/// is no Wasm.
#[derive(clap::Args)]
pub struct Args {
    /// Plugins, or paths of modules [default: the plugin of the current folder, or all of the workspace]
    #[arg(value_name = "NAME|PATH.wasm")]
    subjects: Vec<String>,
    /// Print every part of a module, not only the largest
    #[arg(long)]
    all: bool,
    /// Print JSON: a list with one report for each module
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, host: &dyn Host) -> Result<()> {
    let subjects = Subject::all(&args.subjects)?;
    build::build_subjects(&subjects)?;

    let mut command: Vec<OsString> = Vec::new();
    for subject in &subjects {
        command.extend(["--subject".into(), subject.name().into(), subject.module()]);
    }
    for (flag, given) in [("--all", args.all), ("--json", args.json)] {
        command.extend(given.then(|| flag.into()));
    }
    host.run(Tool::Check, command)
}
