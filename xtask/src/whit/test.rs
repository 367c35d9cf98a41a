//! `cargo whit test`: the cases of plugins on both hosts, and their Rust tests.

use std::ffi::OsString;

use anyhow::Result;

use super::linked::Linked;
use crate::host::{Host as _, Tool};
use crate::workspace::{Workspace, envoy_folder};
use crate::{build, cargo};

/// Run the cases of plugins in the runner and in real Envoy, and then `cargo test`
///
/// The cases are those of cases.toml and of cases/*.toml. Envoy is fetched if it is missing; without network
/// its part is skipped, unless the environment variable CI is `true`.
#[derive(clap::Args)]
pub struct Args {
    /// A plugin; can be given several times [default: the one of the current folder, or all of the workspace]
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// Run the cases in the runner alone
    #[arg(long)]
    runner_only: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let plugins = Workspace::current()?.named(&args.packages)?;
    build::build(&plugins)?;

    let mut command: Vec<OsString> = vec!["--on".into(), "runner".into()];
    if !args.runner_only {
        command.extend(["--on".into(), "envoy-if-there".into()]);
    }
    command.extend(["--folder".into(), envoy_folder().into()]);
    for plugin in &plugins {
        let cases: Vec<OsString> = match &plugin.cases()[..] {
            // Without any, the module must be accepted.
            [] => vec![OsString::new()],
            files => files.iter().map(Into::into).collect(),
        };
        for file in cases {
            let subject = [plugin.name.clone().into(), plugin.module().into(), file];
            command.extend(std::iter::once("--subject".into()).chain(subject));
        }
    }
    Linked.run(Tool::Cases, command)?;

    let mut test = cargo::cargo(["test"]);
    for plugin in &plugins {
        test.args(["--package", &plugin.name]);
    }
    cargo::run(&mut test)
}
