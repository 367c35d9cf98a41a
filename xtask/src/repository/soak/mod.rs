//! `cargo xtask soak`: real Envoy under mixed traffic, with all filters in chains.

mod pages;

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::build;
use crate::cargo::{self, Failed, cargo};
use crate::plugin::write;
use crate::workspace::{Workspace, envoy_folder};

/// Soak real Envoy: mixed traffic through chains of filters, while listeners are replaced
///
/// HTTP/1, HTTP/2 and TCP, with clients that are slow or leave, services that fail, and two workers. Each
/// answer must be one that its scenario asks for, what clients have counted must be what Envoy has, and
/// guests must have as much memory in the end as after the first minute. The modules are those that
/// `build-filters` makes; each publishes its pages besides.
#[derive(clap::Args)]
pub struct Args {
    /// How long it lasts; listeners are replaced each minute, or, in less than three, twice
    #[arg(long, default_value_t = 2.0, conflicts_with = "requests")]
    minutes: f64,
    /// Until so many requests and connections were made, instead
    #[arg(long)]
    requests: Option<u64>,
    /// What chance begins with
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The filters of its chains.
const FILTERS: [&str; 18] = [
    "access-log",
    "add-header",
    "api-key",
    "canary",
    "cors",
    "ext-auth",
    "filter-metadata",
    "grpc-auth-random",
    "http-auth-random",
    "http-body",
    "http-config",
    "http-headers",
    "jwt",
    "rate-limit",
    "redact",
    "security-headers",
    "tcp-guard",
    "tcp-routing",
];

pub fn run(args: &Args) -> Result<()> {
    build::build(&Workspace::current()?.named(&FILTERS.map(str::to_owned))?)?;
    soak(args)
}

/// Two minutes of it. The filters are built.
pub fn briefly() -> Result<()> {
    soak(&Args { minutes: 2.0, requests: None, seed: 1 })
}

fn soak(args: &Args) -> Result<()> {
    let workspace = Workspace::current()?;
    let mut command = program(workspace)?;
    for filter in workspace.named(&FILTERS.map(str::to_owned))? {
        let module = std::fs::read(filter.module())
            .with_context(|| format!("cannot read {}", filter.module().display()))?;
        let path = workspace.target.join("soak").join(format!("{}.wasm", filter.name));
        write(&path, &pages::publish(&module, &filter.name)?)?;
        command.arg("--subject").arg(&filter.name).arg(path);
    }
    command.arg("--folder").arg(envoy_folder());
    command.args(["--minutes", &args.minutes.to_string(), "--seed", &args.seed.to_string()]);
    if let Some(requests) = args.requests {
        command.args(["--requests", &requests.to_string()]);
    }
    Failed::unless_success("whit-soak", command.status().context("cannot run whit-soak")?)
}

/// Builds the program of `whit-test` that does it: optimised, for it shares the machine with Envoy, and
/// without the runner, of which it has no need.
fn program(workspace: &Workspace) -> Result<Command> {
    let mut build = cargo(["build", "--profile", "load", "--package", "whit-test"]);
    build.args(["--no-default-features", "--features", "soak", "--bin", "whit-soak"]);
    cargo::run(&mut build)?;
    Ok(Command::new(workspace.target.join("load/whit-soak")))
}
