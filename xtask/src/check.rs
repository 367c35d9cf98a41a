//! `cargo xtask check`: what each host would say to modules, and what takes their bytes.

use std::ffi::OsString;

use anyhow::Result;

use crate::build_filters;
use crate::cargo::Program;
use crate::filter::Subject;

/// Say what Envoy, the runner and NGINX accept of modules and why, and what takes their bytes; nothing runs
///
/// The exit code is 0 if Envoy accepts each of them, 1 if it refuses one, and 2 if one cannot be read or
/// is no Wasm.
#[derive(clap::Args)]
pub struct Args {
    /// Filters, or paths of modules
    #[arg(value_name = "NAME|PATH.wasm", required = true)]
    subjects: Vec<String>,
    /// Print every part of a module, not only the largest
    #[arg(long)]
    all: bool,
    /// Print JSON: a list with one report for each module
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let subjects =
        args.subjects.iter().map(|name| Subject::parse(name)).collect::<Result<Vec<_>>>()?;
    build_filters::build_subjects(&subjects)?;

    let mut command: Vec<OsString> = Vec::new();
    for subject in &subjects {
        command.extend(["--subject".into(), subject.name(), subject.module()?.into()]);
    }
    for (flag, given) in [("--all", args.all), ("--json", args.json)] {
        command.extend(given.then(|| flag.into()));
    }
    Program { bin: "whit-check", features: &["--features", "cli"] }.run(command)
}
