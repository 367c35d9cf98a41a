//! `cargo xtask test`: every test there is.

use anyhow::Result;

use super::checks::{Done, deny, in_ci, miri, reproduce, semver};
use super::variant::{filters, guests};
use super::{bench, build_filters, samples, sizes, soak, versions};
use crate::build;
use crate::cargo::{self, cargo, run as run_command};

/// Run every test: format, lints, docs, unit, compile-fail, sizes, runner, real Envoy, soak; in CI the oldest
/// Envoy as well
#[derive(clap::Args)]
pub struct Args {}

/// Every feature but those of `whit` that choose another ABI.
const FEATURES: [&str; 2] = ["--features", "whit-test/cli,whit/alloc,xtask/cargo-xtask"];

pub fn run(_: &Args) -> Result<()> {
    cargo::ensure_target()?;
    ensure_components()?;
    let filters = filters()?;

    step("format");
    run_command(cargo(["fmt", "--all"]).args(["--", "--check"]))?;

    step("lints, on the host");
    let mut clippy = cargo(["clippy", "--workspace", "--all-targets"]);
    clippy.args(FEATURES);
    run_command(clippy.args(["--profile", "host", "--", "--deny", "warnings"]))?;

    step("lints, on wasm");
    let mut clippy = cargo::for_wasm("clippy");
    clippy.args(["--package", "whit"]);
    for filter in filters.iter().chain(&guests()?) {
        clippy.args(["--package", &filter.name]);
    }
    run_command(clippy.args(["--", "--deny", "warnings"]))?;
    for feature in ["abi-0-2-0", "abi-0-1-0", "talc,log,debug", "lol_alloc", "wee_alloc"] {
        let mut clippy = cargo::for_wasm("clippy");
        clippy.args(["--package", "whit", "--features", feature]);
        run_command(clippy.args(["--", "--deny", "warnings"]))?;
    }

    step("documentation");
    let mut doc = cargo(["doc", "--workspace", "--no-deps"]);
    doc.args(FEATURES);
    run_command(doc.args(["--profile", "host"]).env("RUSTDOCFLAGS", "--deny warnings"))?;

    step("filters, in every variant, and guests");
    build::build(&filters)?;
    build_filters::build_beside(&filters)?;

    step("sizes");
    sizes::check(&filters)?;

    step("figures");
    bench::check()?;

    step("what READMEs show of commands");
    samples::check()?;

    step("tests: unit, compile-fail, runner, real Envoy");
    let mut test = cargo(["test", "--workspace", "--profile", "host"]);
    test.args(FEATURES);
    // They need not build the filters again.
    run_command(test.env("WHIT_BUILT", "1"))?;

    if in_ci() {
        step("cases, in the oldest Envoy");
        versions::check(versions::OLDEST, "")?;
    }

    step("filters, built in another folder");
    reproduce::check(&filters)?;

    step("soak: two minutes of mixed traffic, in real Envoy");
    soak::briefly()?;

    step("packages");
    // What is published must not need what lies beside it. The runner, which takes minutes to build, is only
    // packed.
    let sdk = [
        "package",
        "--quiet",
        "--offline",
        "--allow-dirty",
        "--package",
        "whit-macros",
        "--package",
        "whit",
    ];
    run_command(&mut cargo(sdk))?;
    run_command(cargo(sdk).args(["--package", "whit-test", "--no-verify"]))?;

    step("examples of the documentation, on wasm");
    let mut examples = cargo::for_wasm("test");
    // They have std, which brings a panic handler. Compiled they are; there is nothing to run them.
    examples.args(["--package", "whit", "--doc", "--no-default-features"]);
    run_command(examples.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "true"))?;

    let mut skipped = Vec::new();
    let mut check = |what: &'static str, check: &dyn Fn() -> Result<Done>| -> Result<()> {
        step(what);
        if let Done::Skipped(why) = check()? {
            skipped.push(format!("SKIPPED: {what}: {why}"));
        }
        Ok(())
    };
    check("what is public, against the last release", &semver::check)?;
    check("licences, bans and sources of dependencies", &deny::check)?;
    check("the SDK under Miri", &|| miri::check(""))?;

    if skipped.is_empty() {
        eprintln!("\nEvery test passed.");
    } else {
        eprintln!("\nEvery test that ran has passed.\n{}", skipped.join("\n"));
    }
    Ok(())
}

fn step(what: &str) {
    eprintln!("\n=== {what}");
}

/// Installs the components of rust-toolchain.toml that are missing.
fn ensure_components() -> Result<()> {
    for (component, command) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        let found =
            cargo([command, "--version"]).output().is_ok_and(|output| output.status.success());
        if !found {
            cargo::rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}
