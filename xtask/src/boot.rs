//! `cargo xtask boot`: modules in the wasmtime runner.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;

use crate::build_filters;
use crate::cargo::Program;
use crate::filter::{Filter, Subject};

/// Boot modules in the wasmtime runner, in Envoy's order, and drive a request through each
#[derive(clap::Args)]
pub struct Args {
    /// Filters, or paths of modules [default: all filters]
    #[arg(value_name = "NAME|PATH.wasm")]
    subjects: Vec<String>,
}

pub fn run(args: &Args) -> Result<()> {
    let mut subjects =
        args.subjects.iter().map(|name| Subject::parse(name)).collect::<Result<Vec<_>>>()?;
    if args.subjects.is_empty() {
        subjects.extend(Filter::all()?.into_iter().map(Subject::Filter));
    }
    build_filters::build_subjects(&subjects)?;

    let mut command: Vec<OsString> = Vec::new();
    for subject in &subjects {
        let cases = match subject {
            Subject::Filter(filter) => filter.cases().unwrap_or_default(),
            Subject::Module(_) => PathBuf::new(),
        };
        command.push("--subject".into());
        command.extend([subject.name(), subject.module()?.into(), cases.into()]);
    }
    Program { bin: "whit-boot", features: &["--features", "cli"] }.run(command)
}
