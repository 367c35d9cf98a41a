//! `cargo whit`: commands for plugins, wherever they are.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::cargo_whit()
}
