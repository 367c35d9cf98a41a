//! The program behind the instructions in `cargo xtask sizes`: runs the cases of a filter through its
//! variants, and prints how many instructions each took.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use whit_test::Vm;
use whit_test::case::{CaseFile, EnvoyVersion};

/// Print, for each module, its name, the instructions that its cases took, without booting, and those of the
/// first case: with a tab between
#[derive(Parser)]
struct Args {
    /// A module: its name, its path, and its case file. Cases from which a variant is excused do not
    /// count, so that all modules of a filter do the same, nor those of another Envoy than the runner's
    #[arg(long, required = true, num_args = 3, value_names = ["NAME", "MODULE", "CASES"])]
    subject: Vec<String>,
}

fn main() -> ExitCode {
    for subject in Args::parse().subject.chunks_exact(3) {
        let [name, module, cases] = subject else { continue };
        match fuel(Path::new(module), Path::new(cases)) {
            Ok(Fuel { all, first }) => println!("{name}\t{all}\t{first}"),
            Err(error) => {
                eprintln!("error: {name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

#[derive(Default)]
struct Fuel {
    all: u64,
    first: u64,
}

fn fuel(module: &Path, cases: &Path) -> Result<Fuel, String> {
    let vm = Vm::load(module).map_err(|error| error.to_string())?;
    let mut fuel = Fuel::default();
    let cases = CaseFile::read(cases).map_err(|error| error.to_string())?.cases;
    for (n, case) in cases.iter().enumerate() {
        if !case.excused.is_empty() || !case.is_of(EnvoyVersion::OF_RUNNER) {
            continue;
        }
        let (observed, plugin) = vm.observe(case);
        let differences = case.check(&observed);
        if !differences.is_empty() {
            return Err(format!("{}: {}", case.name, differences.join("; ")));
        }
        let took =
            plugin.map_or(0, |plugin| plugin.stats().since(plugin.boot_stats()).instructions);
        fuel.all += took;
        if n == 0 {
            fuel.first = took;
        }
    }
    Ok(fuel)
}
