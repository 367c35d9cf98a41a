//! `cargo xtask`: the commands of this repository.

mod allocators;
mod bench;
mod build_filters;
mod checks;
mod featured;
mod features;
mod foreign;
mod fuzz;
mod json;
mod marked;
mod named;
mod new;
mod programs;
mod samples;
mod sizes;
mod soak;
mod test;
mod tool;
mod variant;
mod versions;
mod wat;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{boot, case, check, closed, end, envoy, run, trace};
use checks::{deny, miri, reproduce, semver};
use programs::Programs;

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
    New(new::Args),
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
    Soak(soak::Args),
    Foreign(foreign::Args),
    Reproduce(reproduce::Args),
    Miri(miri::Args),
    Deny(deny::Args),
    Semver(semver::Args),
    Samples(samples::Args),
    Fuzz(fuzz::Args),
    Test(test::Args),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    closed::end_quietly();
    // Before cargo puts another program in its place; whoever needs it is told what is wrong.
    let _ = programs::own();
    end::exit(match Cli::parse().command {
        Command::New(args) => new::run(&args),
        Command::BuildFilters(args) => build_filters::run(&args),
        Command::Boot(args) => boot::run(&args, &Programs),
        Command::Trace(args) => trace::run(&args, &Programs),
        Command::Run(args) => run::run(&args, &Programs),
        Command::Check(args) => check::run(&args, &Programs),
        Command::Bench(args) => bench::run(&args),
        Command::Case(args) => case::run(&args, &Programs),
        Command::Sizes(args) => sizes::run(&args),
        Command::Allocators(args) => allocators::run(&args),
        Command::Json(args) => json::run(&args),
        Command::Envoy(args) => envoy::run(&args, &Programs),
        Command::Features(args) => features::run(&args),
        Command::Versions(args) => versions::run(&args),
        Command::Soak(args) => soak::run(&args),
        Command::Foreign(args) => foreign::run(&args),
        Command::Reproduce(args) => reproduce::run(&args),
        Command::Miri(args) => miri::run(&args),
        Command::Deny(args) => deny::run(&args),
        Command::Semver(args) => semver::run(&args),
        Command::Samples(args) => samples::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Test(args) => test::run(&args),
    })
}
