//! `cargo xtask miri`: the SDK's tests under Miri, for a host of 64 bits and for one of 32, as wasm is.

use std::process::{Command, Stdio};

use anyhow::Result;

use super::Done;
use crate::cargo;
use crate::workspace::Workspace;

/// Run the SDK's tests on the host under Miri, for 64 bits and for 32
///
/// It needs a nightly toolchain with Miri, and has rustup install it.
#[derive(clap::Args)]
pub struct Args {
    /// Only tests whose name holds this
    #[arg(default_value = "")]
    tests: String,
}

/// Tests that start no process, which Miri cannot.
const TESTS: [&str; 7] = [
    "--test=deleted",
    "--lib",
    "--test=contexts",
    "--test=level0",
    "--test=level1",
    "--test=tcp",
    "--test=level0_expression",
];

/// The second has the widths of wasm32.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "i686-unknown-linux-gnu"];

/// The callback arena is memory that the host knows by numbers, and belongs to the VM for as long as it lives.
const FLAGS: &str = "-Zmiri-permissive-provenance -Zmiri-ignore-leaks";

pub fn run(args: &Args) -> Result<()> {
    check(&args.tests)?.or_fail()
}

/// For the test command.
pub fn check(tests: &str) -> Result<Done> {
    if let Err(why) = ensure_miri() {
        return Ok(Done::Skipped(format!("{why:#}")));
    }
    let target_dir = Workspace::current()?.target.join("miri");
    for target in TARGETS {
        eprintln!("Miri, {target}");
        let mut miri = nightly(["cargo", "miri", "test", "--quiet", "--package", "whit"]);
        miri.args(TESTS).args(["--target", target]).arg("--target-dir").arg(&target_dir);
        miri.args(["--", tests]);
        cargo::run(miri.env("MIRIFLAGS", FLAGS))?;
    }
    Ok(Done::Passed)
}

/// A program of the nightly toolchain. What cargo set for the stable one is not for it.
fn nightly<const N: usize>(args: [&str; N]) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly"]).args(args);
    for variable in
        ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"]
    {
        command.env_remove(variable);
    }
    command
}

fn ensure_miri() -> Result<()> {
    let mut found = nightly(["cargo", "miri", "--version"]);
    if found
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
    {
        return Ok(());
    }
    cargo::rustup(&[
        "toolchain",
        "install",
        "nightly",
        "--profile",
        "minimal",
        "--component",
        "miri",
        "--component",
        "rust-src",
    ])
}
