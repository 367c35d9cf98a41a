//! `cargo whit`: the commands for anybody's own plugins.

mod build;
mod linked;
mod new;
mod profile;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{boot, case, check, closed, end, envoy, run, trace};
use linked::Linked;

/// Cargo hands on its own first argument: `cargo-whit whit build`.
#[derive(Parser)]
#[command(name = "cargo", bin_name = "cargo")]
enum Cargo {
    Whit(Whit),
}

/// Build, boot and test Proxy-Wasm plugins on Whit
#[derive(clap::Args)]
#[command(version)]
struct Whit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(new::Args),
    Build(build::Args),
    Check(check::Args),
    Boot(boot::Args),
    Test(test::Args),
    Case(case::Args),
    Trace(trace::Args),
    Run(run::Args),
    Envoy(envoy::Args),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    closed::end_quietly();
    let Cargo::Whit(Whit { command }) = Cargo::parse();
    end::exit(match command {
        Command::New(args) => new::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Check(args) => check::run(&args, &Linked),
        Command::Boot(args) => boot::run(&args, &Linked),
        Command::Test(args) => test::run(&args),
        Command::Case(args) => case::run(&args, &Linked),
        Command::Trace(args) => trace::run(&args, &Linked),
        Command::Run(args) => run::run(&args, &Linked),
        Command::Envoy(args) => envoy::run(&args, &Linked),
    })
}
