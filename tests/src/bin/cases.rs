//! The program behind `cargo xtask foreign` and `cargo xtask envoy --check`.

use std::process::ExitCode;

fn main() -> ExitCode {
    whit_test::cli::main(whit_test::cli::cases)
}
