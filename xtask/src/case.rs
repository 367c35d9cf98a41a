//! `case`: case files and suites in the wasmtime runner.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;

use crate::build;
use crate::host::{Host, Tool};
use crate::plugin::Subject;

/// Run cases, or a suite of Google's plugin tester, against a module in the wasmtime runner
#[derive(clap::Args)]
pub struct Args {
    /// A case file, or a suite in Protocol Buffers' text format
    #[arg(value_name = "FILE.toml|FILE.textpb")]
    file: PathBuf,
    /// A plugin, or the path of a module [default: what the suite says]
    #[arg(long, value_name = "NAME|PATH.wasm")]
    plugin: Option<String>,
    /// The plugin configuration, for a suite [default: what the suite says]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub fn run(args: &Args, host: &dyn Host) -> Result<()> {
    let mut command: Vec<OsString> = vec![args.file.clone().into_os_string()];
    if let Some(plugin) = &args.plugin {
        let subject = Subject::parse(plugin)?;
        build::build_subjects(std::slice::from_ref(&subject))?;
        command.extend(["--plugin".into(), subject.module()]);
    }
    if let Some(config) = &args.config {
        command.extend(["--config".into(), config.clone().into_os_string()]);
    }
    host.run(Tool::Case, command)
}
