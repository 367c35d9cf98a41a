//! The commands on plugins, behind `cargo xtask` and `cargo whit`.
//!
//! Each takes the arguments of its program, without the program's name. What it finds goes to standard
//! output; why there is no success is for the caller to print.

mod boot;
mod case;
mod cases;
mod check;
mod closed;
mod envoy;
mod failure;
mod host;
mod run;
mod tally;
mod trace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use boot::boot;
pub use case::case;
pub use cases::cases;
pub use check::check;
pub use envoy::envoy;
pub use failure::Failure;
pub use run::run;
pub use trace::trace;

/// One of the commands.
pub type Command = fn(Vec<OsString>) -> Result<(), Failure>;

/// Runs a command as a program of its own.
pub fn main(command: Command) -> ExitCode {
    closed::end_quietly();
    match command(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}

/// Reads arguments; where they are wrong, that is said, and the program ends.
fn parse<T: Parser>(args: Vec<OsString>) -> T {
    let program = T::command().get_name().to_owned();
    T::parse_from(std::iter::once(program.into()).chain(args))
}
