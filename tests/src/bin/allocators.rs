//! The program behind `cargo xtask allocators`: what a million allocations take in the runner.

use std::process::ExitCode;

use clap::Parser;
use whit_test::{Answer, Request, Vm};

/// Print, for each module, its path, and the instructions and pages after 1000 and 1,000,000 allocations,
/// between tabs
#[derive(Parser)]
struct Args {
    /// Modules that make a thousand allocations with each request
    #[arg(required = true)]
    modules: Vec<String>,
}

fn main() -> ExitCode {
    for module in Args::parse().modules {
        let plugin = match Vm::load(&module).and_then(|vm| vm.plugin().start()) {
            Ok(plugin) => plugin,
            Err(error) => {
                eprintln!("error: {module}: {error}");
                return ExitCode::FAILURE;
            }
        };
        let request = || plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
        request();
        let first = plugin.stats();
        (1..1000).for_each(|_| drop(request()));
        let last = plugin.stats();
        if let Some(error) = plugin.errors().first() {
            eprintln!("error: {module}: {error}");
            return ExitCode::FAILURE;
        }
        let (instructions, pages) = (last.instructions, last.pages);
        println!("{module}\t{}\t{}\t{instructions}\t{pages}", first.instructions, first.pages);
    }
    ExitCode::SUCCESS
}
