//! The program behind `cargo xtask boot`: boots modules in the runner.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use comfy_table::{CellAlignment, Table};
use whit_test::case::{Case, CaseFile, Observed, Outcome};
use whit_test::{Plugin, observe};

/// Boot modules in Envoy's order and drive a request through each
#[derive(Parser)]
struct Args {
    /// NAME=MODULE or NAME=MODULE=CASES: a module, and the case file whose first case says what
    /// must come of it
    #[arg(required = true, value_parser = Subject::parse)]
    subjects: Vec<Subject>,
}

#[derive(Clone)]
struct Subject {
    name: String,
    module: PathBuf,
    cases: Option<PathBuf>,
}

impl Subject {
    fn parse(argument: &str) -> Result<Self, String> {
        let mut parts = argument.splitn(3, '=');
        let name = parts.next().unwrap_or_default().to_owned();
        let module = parts.next().ok_or("write NAME=MODULE")?.into();
        Ok(Self { name, module, cases: parts.next().map(PathBuf::from) })
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header([
        "module",
        "outcome",
        "boot",
        "pages",
        "instructions",
        "hostcalls",
        "as expected",
    ]);
    let mut failures = Vec::new();
    for subject in &args.subjects {
        match boot(subject) {
            Ok(booted) => {
                table.add_row(booted.row(&subject.name));
                failures.extend(
                    booted.differences.iter().map(|line| format!("{}: {line}", subject.name)),
                );
            }
            Err(error) => failures.push(error),
        }
    }
    for column in table.column_iter_mut().skip(2).take(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!("boot: from bytes to a plugin that serves, compiled and with Envoy's three VMs.");
    println!("instructions and hostcalls: of the serving VM, to boot + for the request.");
    for failure in &failures {
        eprintln!("error: {failure}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Booted {
    observed: Observed,
    plugin: Option<Plugin>,
    seconds: f64,
    differences: Vec<String>,
}

fn boot(subject: &Subject) -> Result<Booted, String> {
    let module = std::fs::read(&subject.module)
        .map_err(|error| format!("cannot read {}: {error}", subject.module.display()))?;
    let case = match &subject.cases {
        None => Case::boots(),
        Some(path) => {
            let file = CaseFile::read(path).map_err(|error| error.to_string())?;
            let first = file.cases.into_iter().next();
            first.ok_or_else(|| format!("{} holds no case", path.display()))?
        }
    };
    // The engine starts once, and not on this module's account.
    let _ = observe(b"", &case);
    let began = Instant::now();
    let (observed, plugin) = observe(&module, &case);
    let seconds = began.elapsed().as_secs_f64();
    let differences = case.check(&observed);
    Ok(Booted { observed, plugin, seconds, differences })
}

impl Booted {
    fn row(&self, name: &str) -> [String; 7] {
        let mut outcome = match &self.observed.outcome {
            Outcome::Answered { status, response } => {
                let ordinary = ["content-length", "content-type"];
                let headers = response.headers.iter().filter(|(name, _)| {
                    !name.starts_with(':') && !ordinary.contains(&name.as_str())
                });
                let headers: String =
                    headers.map(|(name, value)| format!(" {name}: {value}")).collect();
                format!("accepted; {status}{headers} {:?}", response.body)
            }
            outcome => outcome.to_string(),
        };
        for line in self.observed.log.iter().take(3) {
            outcome.push_str(&format!("\n{}: {}", line.level, line.message));
        }
        let figures = self.plugin.as_ref().map(|plugin| {
            let (boot, all) = (plugin.boot_stats(), plugin.stats());
            [
                all.pages.to_string(),
                format!("{} + {}", boot.instructions, all.instructions - boot.instructions),
                format!("{} + {}", boot.hostcalls, all.hostcalls - boot.hostcalls),
            ]
        });
        let [pages, instructions, hostcalls] =
            figures.unwrap_or_else(|| ["—", "—", "—"].map(str::to_owned));
        let as_expected = if self.differences.is_empty() { "yes" } else { "NO" };
        [
            name.to_owned(),
            outcome,
            format!("{:.1} ms", self.seconds * 1e3),
            pages,
            instructions,
            hostcalls,
            as_expected.to_owned(),
        ]
    }
}
