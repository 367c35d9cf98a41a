//! Cases on several hosts.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

use super::Failure;
use super::host::{self, Host, Subject};
use crate::envoy::{Envoy, Error};

/// Run the cases of modules in the runner and in real Envoy
#[derive(Parser)]
#[command(name = "whit-cases")]
struct Args {
    /// A module: its name, which cases may excuse, its path, and its case file, or nothing for no case file
    #[arg(long, required = true, num_args = 3, value_names = ["NAME", "MODULE", "CASES"])]
    subject: Vec<String>,
    /// Where the cases run
    #[arg(long = "on", required = true)]
    hosts: Vec<On>,
    /// Where Envoy is fetched to
    #[arg(long)]
    folder: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum On {
    Runner,
    Envoy,
    /// In Envoy, unless there is none: that is told loudly, and in CI it is an error
    EnvoyIfThere,
}

/// Runs the cases of modules on one host or on several.
///
/// # Errors
/// One fails, something cannot be read, or there is no Envoy.
pub fn cases(args: Vec<OsString>) -> Result<(), Failure> {
    let args: Args = super::parse(args);
    let subjects: Vec<Subject> = args
        .subject
        .chunks_exact(3)
        .filter_map(|subject| {
            let [name, module, cases] = subject else { return None };
            let cases = (!cases.is_empty()).then(|| cases.into());
            Some(Subject { name: name.clone(), module: module.into(), cases })
        })
        .collect();
    let mut hosts = Vec::new();
    for on in &args.hosts {
        let envoy = match on {
            On::Runner => {
                hosts.push(Host::Runner);
                continue;
            }
            On::Envoy => Envoy::find(&args.folder).map(Some),
            On::EnvoyIfThere => Envoy::find_or_skip(&args.folder),
        };
        let found = |error: Error| Failure::of(error.to_string());
        if let Some(envoy) = envoy.map_err(found)? {
            let version = envoy.version().map_err(found)?;
            hosts.push(Host::Envoy(envoy, version));
        }
    }
    host::run(&hosts, &subjects)
}
