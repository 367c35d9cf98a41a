//! `cargo xtask`: the commands of this repository. Each has a file of its own.

mod allocators;
mod bench;
mod boot;
mod build_filters;
mod cargo;
mod case;
mod check;
mod envoy;
mod featured;
mod features;
mod filter;
mod foreign;
mod json;
mod named;
mod prune;
mod run;
mod sizes;
mod test;
mod trace;
mod versions;
mod wasm;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Build, boot, measure and test Proxy-Wasm plugins"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    BuildFilters(build_filters::Args),
    Boot(boot::Args),
    Trace(trace::Args),
    Run(run::Args),
    Check(check::Args),
    Bench(bench::Args),
    Case(case::Args),
    Sizes(sizes::Args),
    Allocators(allocators::Args),
    Json(json::Args),
    Features(features::Args),
    Envoy(envoy::Args),
    Versions(versions::Args),
    Foreign(foreign::Args),
    Test(test::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::BuildFilters(args) => build_filters::run(&args),
        Command::Boot(args) => boot::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Case(args) => case::run(&args),
        Command::Sizes(args) => sizes::run(&args),
        Command::Allocators(args) => allocators::run(&args),
        Command::Json(args) => json::run(&args),
        Command::Features(args) => features::run(&args),
        Command::Envoy(args) => envoy::run(&args),
        Command::Versions(args) => versions::run(&args),
        Command::Foreign(args) => foreign::run(&args),
        Command::Test(args) => test::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            match error.downcast_ref() {
                Some(failed) => ExitCode::from(cargo::Failed::code(failed)),
                None => ExitCode::from(if error.is::<Usage>() { 2 } else { 1 }),
            }
        }
    }
}

/// What the caller asked for does not exist: exit code 2.
#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}
