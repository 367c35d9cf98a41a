//! `cargo xtask deny`: licences, bans and sources of the dependencies, by deny.toml.

use std::process::Command;

use anyhow::Result;

use super::Done;
use crate::cargo;
use crate::repository::tool::Tool;

/// Check the dependencies with cargo-deny, by deny.toml: licences, bans, sources
#[derive(clap::Args)]
pub struct Args {
    /// Check them against the database of advisories instead, which is fetched from GitHub
    #[arg(long)]
    advisories: bool,
}

const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

pub fn run(args: &Args) -> Result<()> {
    let checks: &[&str] = if args.advisories { &["advisories"] } else { &CHECKS };
    cargo::run(Command::new(CARGO_DENY.program()?).arg("check").args(checks))
}

const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];

/// For the test command.
pub fn check() -> Result<Done> {
    let program = match CARGO_DENY.program() {
        Ok(program) => program,
        // Somebody may work without network; what is fetched for CI must be there.
        Err(why) if !super::in_ci() => return Ok(Done::Skipped(format!("{why:#}"))),
        Err(why) => return Err(why),
    };
    cargo::run(Command::new(program).arg("check").args(CHECKS))?;
    Ok(Done::Passed)
}
