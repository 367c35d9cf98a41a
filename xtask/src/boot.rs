//! `cargo xtask boot`: modules in the wasmtime runner.

use std::ffi::OsString;

use anyhow::Result;

use crate::build_filters;
use crate::cargo::Program;
use crate::filter::{Filter, Subject, Variant};

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
    let filters: Vec<Filter> = subjects
        .iter()
        .filter_map(|subject| match subject {
            Subject::Filter(filter) => Some(filter.clone()),
            Subject::Module(_) => None,
        })
        .collect();
    if !filters.is_empty() {
        build_filters::build(&filters)?;
    }

    let mut command: Vec<OsString> = Vec::new();
    for subject in &subjects {
        command.push("--subject".into());
        command.extend(match subject {
            Subject::Filter(filter) => {
                let module = filter.module(Variant::Whit)?;
                let cases = filter.cases().unwrap_or_default();
                [(&filter.name).into(), module.into_os_string(), cases.into_os_string()]
            }
            Subject::Module(path) => {
                let name = path.file_name().unwrap_or_default();
                [name.to_owned(), path.clone().into_os_string(), OsString::new()]
            }
        });
    }
    Program { bin: "whit-boot", features: &["--features", "cli"] }.run(command)
}
