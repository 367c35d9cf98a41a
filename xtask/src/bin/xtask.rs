//! `cargo xtask`: the commands of this repository.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::cargo_xtask()
}
