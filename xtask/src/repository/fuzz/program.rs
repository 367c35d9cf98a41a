//! The program that runs any target.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::cargo::run as run_command;
use crate::repository::tool::Tool;
use crate::workspace::Workspace;

const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };

/// Builds it, with cargo-fuzz and nightly.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let nightly = Command::new("cargo").args(["+nightly", "--version"]).output();
    ensure!(
        nightly.is_ok_and(|output| output.status.success()),
        "libFuzzer needs nightly, which is not there: `rustup toolchain install nightly`"
    );
    let cargo_fuzz = CARGO_FUZZ.program()?;
    let folder = workspace.root.join("tests/fuzz/libfuzzer");
    // What is fuzzed is what is built.
    fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"))
        .context("cannot copy Cargo.lock")?;
    let target = workspace.target.join("fuzz");
    let mut command = Command::new(cargo_fuzz);
    command.args(["fuzz", "build", "--codegen-units", "16", "--fuzz-dir"]).arg(folder);
    command.arg("--target-dir").arg(&target);
    // What cargo has set for this program is about another toolchain.
    command.env_remove("CARGO").env("RUSTUP_TOOLCHAIN", "nightly");
    run_command(&mut command)?;
    find(&target, "whit-libfuzzer")
}

/// It lies in a folder that is named after this machine's kind.
fn find(target: &Path, name: &str) -> Result<PathBuf> {
    for entry in fs::read_dir(target)? {
        let program = entry?.path().join("release").join(name);
        if program.is_file() {
            return Ok(program);
        }
    }
    bail!("cargo-fuzz built no {name} in {}", target.display())
}
