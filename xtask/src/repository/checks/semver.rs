//! `cargo xtask semver`: what is public against the last release.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Done, in_ci};
use crate::cargo;
use crate::repository::tool::Tool;

/// Check what the published packages offer against the last release, the newest tag `v…`, with
/// cargo-semver-checks
#[derive(clap::Args)]
pub struct Args {}

const CARGO_SEMVER_CHECKS: Tool = Tool { name: "cargo-semver-checks", version: "0.51.0" };

/// The published packages that Rust programs use. That of the macros exports nothing that it describes.
const PACKAGES: [&str; 2] = ["whit", "whit-test"];

pub fn run(_: &Args) -> Result<()> {
    check()?.or_fail()
}

/// For the test command.
pub fn check() -> Result<Done> {
    let mut describe = Command::new("git");
    let output = describe
        .args(["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"])
        .output()
        .context("cannot run `git`, which knows the last release")?;
    let release = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || release.is_empty() {
        println!("There is no release yet (no tag `v…`) that a new one could break with.");
        return Ok(Done::Passed);
    }
    let program = match CARGO_SEMVER_CHECKS.program() {
        Ok(program) => program,
        Err(why) if !in_ci() => return Ok(Done::Skipped(format!("{why:#}"))),
        Err(why) => return Err(why),
    };
    for package in PACKAGES {
        let mut check = Command::new(&program);
        check.args(["semver-checks", "--package", package, "--baseline-rev", &release]);
        cargo::run(&mut check)?;
    }
    Ok(Done::Passed)
}
