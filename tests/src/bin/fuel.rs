//! The program behind the instructions in `cargo xtask sizes`: runs the cases of a filter through its
//! variants, and prints how many instructions each took.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use whit_test::case::CaseFile;
use whit_test::observe;

/// Print, for each module, its name, a tab, and the instructions that its cases took, without booting
#[derive(Parser)]
struct Args {
    /// A module: its name, its path, and its case file. Cases from which a variant is excused do not
    /// count, so that all modules of a filter do the same
    #[arg(long, required = true, num_args = 3, value_names = ["NAME", "MODULE", "CASES"])]
    subject: Vec<String>,
}

fn main() -> ExitCode {
    for subject in Args::parse().subject.chunks_exact(3) {
        let [name, module, cases] = subject else { continue };
        match fuel(Path::new(module), Path::new(cases)) {
            Ok(fuel) => println!("{name}\t{fuel}"),
            Err(error) => {
                eprintln!("error: {name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn fuel(module: &Path, cases: &Path) -> Result<u64, String> {
    let bytes = std::fs::read(module)
        .map_err(|error| format!("cannot read {}: {error}", module.display()))?;
    let mut fuel = 0;
    for case in CaseFile::read(cases).map_err(|error| error.to_string())?.cases {
        if !case.excused.is_empty() {
            continue;
        }
        let (observed, plugin) = observe(&bytes, &case);
        let differences = case.check(&observed);
        if !differences.is_empty() {
            return Err(format!("{}: {}", case.name, differences.join("; ")));
        }
        fuel += plugin.map_or(0, |plugin| plugin.stats().since(plugin.boot_stats()).instructions);
    }
    Ok(fuel)
}
