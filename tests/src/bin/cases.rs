//! The program behind `cargo xtask foreign`: runs cases in the runner and in real Envoy.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use whit_test::case::{Case, CaseFile};
use whit_test::envoy::Envoy;
use whit_test::{Vm, observe};

/// Run each case of modules on both hosts
#[derive(Parser)]
struct Args {
    /// Where Envoy is fetched to
    #[arg(long)]
    folder: PathBuf,
    /// A module: its name, which cases may excuse, its path, and its case file
    #[arg(long, required = true, num_args = 3, value_names = ["NAME", "MODULE", "CASES"])]
    subject: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("error: {failed} cases failed");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many cases fail on either host.
fn run(args: &Args) -> Result<usize, String> {
    let envoy = Envoy::find(&args.folder).map_err(|error| error.to_string())?;
    let (mut passed, mut failed) = (0, 0);
    println!("runner  Envoy   case");
    for subject in args.subject.chunks_exact(3) {
        let [name, module, cases] = subject else { continue };
        let bytes = std::fs::read(module)
            .map_err(|error| format!("{name}: cannot read {module}: {error}"))?;
        let cases = CaseFile::read(cases).map_err(|error| error.to_string())?.cases;
        let vm = Vm::new(&bytes);
        for case in cases.into_iter().filter(|case| case.excuse(name).is_none()) {
            let observed = match &vm {
                Ok(vm) => vm.observe(&case).0,
                Err(_) => observe(&bytes, &case).0,
            };
            let runner = case.check(&observed);
            let envoy = in_envoy(&envoy, Path::new(module), &case);
            println!("{:8}{:8}{name}: {}", verdict(&runner), verdict(&envoy), case.name);
            for (host, differences) in [("runner", &runner), ("Envoy", &envoy)] {
                for difference in differences {
                    eprintln!("error: {name}: {}: {host}: {difference}", case.name);
                }
            }
            let passes = runner.is_empty() && envoy.is_empty();
            *if passes { &mut passed } else { &mut failed } += 1;
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed)
}

const fn verdict(differences: &[String]) -> &'static str {
    if differences.is_empty() { "ok" } else { "FAILED" }
}

/// What Envoy does otherwise than the case expects, or why that cannot be told.
fn in_envoy(envoy: &Envoy, module: &Path, case: &Case) -> Vec<String> {
    match envoy.observe(module, case) {
        Ok(observed) => case.check(&observed),
        Err(error) => vec![error.to_string()],
    }
}
