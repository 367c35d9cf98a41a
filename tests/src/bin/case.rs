//! The program behind `cargo xtask case`.

use std::process::ExitCode;

fn main() -> ExitCode {
    whit_test::cli::main(whit_test::cli::case)
}
