//! Boots modules in the runner.

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use clap::Parser;
use comfy_table::{CellAlignment, Table};

use super::Failure;
use crate::case::{Case, CaseFile, Observed, Outcome, SeenStream};
use crate::{Plugin, observe};

/// Boot modules in Envoy's order and drive a request through each
#[derive(Parser)]
#[command(name = "whit-boot")]
struct Args {
    /// A module: its name, its path, and the case file whose first case says what must come of it,
    /// or nothing for no case file
    #[arg(long, required = true, num_args = 3, value_names = ["NAME", "MODULE", "CASES"])]
    subject: Vec<String>,
}

struct Subject<'a> {
    name: &'a str,
    module: &'a Path,
    cases: Option<&'a Path>,
}

/// Boots modules, and drives the first case of each through it.
///
/// # Errors
/// One cannot be read, or does otherwise than expected.
pub fn boot(args: Vec<OsString>) -> Result<(), Failure> {
    let args: Args = super::parse(args);
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
    let (mut failures, mut unread) = (Vec::new(), Vec::new());
    for subject in args.subject.chunks_exact(3) {
        let [name, module, cases] = subject else { continue };
        let cases = (!cases.is_empty()).then_some(Path::new(cases));
        match Booted::of(&Subject { name, module: Path::new(module), cases }) {
            Ok(booted) => {
                table.add_row(booted.row(name));
                failures.extend(booted.differences.iter().map(|line| format!("{name}: {line}")));
            }
            Err(error) => unread.push(error),
        }
    }
    for column in table.column_iter_mut().skip(2).take(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!("boot: from bytes to a plugin that serves, compiled and with Envoy's three VMs.");
    println!("instructions and hostcalls: of the serving VM, to boot + for the request.");
    match (unread.is_empty(), failures.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::all(failures)),
        (false, _) => Err(Failure::usages([unread, failures].concat())),
    }
}

struct Booted {
    observed: Observed,
    plugin: Option<Plugin>,
    seconds: f64,
    differences: Vec<String>,
}

impl Booted {
    /// As an error, what cannot be read.
    fn of(subject: &Subject<'_>) -> Result<Self, String> {
        let module = std::fs::read(subject.module).map_err(|error| {
            format!("{}: cannot read {}: {error}", subject.name, subject.module.display())
        })?;
        let cases = match subject.cases {
            None => None,
            Some(path) => Some(CaseFile::read(path).map_err(|error| error.to_string())?.cases),
        };
        let expected = cases.as_ref().and_then(|cases| cases.first());
        let case = expected.cloned().unwrap_or_else(Case::get);
        // The engine starts once, and not on this module's account.
        let _ = observe(b"", &case);
        let began = Instant::now();
        let (observed, plugin) = observe(&module, &case);
        let seconds = began.elapsed().as_secs_f64();
        let differences = match expected {
            Some(case) => case.check(&observed),
            None => observed.check_accepted(),
        };
        Ok(Self { observed, plugin, seconds, differences })
    }

    fn row(&self, name: &str) -> [String; 7] {
        let mut outcome = match &self.observed.streams[..] {
            [SeenStream { outcome: Outcome::Answered { status, response }, .. }] => {
                let ordinary = [
                    "content-length",
                    "content-type",
                    "date",
                    "server",
                    "x-envoy-upstream-service-time",
                ];
                let headers = response.headers.iter().filter(|(name, _)| {
                    !name.starts_with(':') && !ordinary.contains(&name.as_str())
                });
                let headers: String =
                    headers.map(|(name, value)| format!(" {name}: {value}")).collect();
                format!("accepted; {status}{headers} {:?}", response.body)
            }
            _ => self.observed.to_string(),
        };
        if self.observed.refused.is_none() {
            let errors = self.observed.errors.iter().map(|error| ("host", error));
            let log = self.observed.log.iter().map(|line| (line.level.as_str(), &line.message));
            for (level, message) in log.chain(errors) {
                let message = message.lines().next().unwrap_or_default();
                outcome.push_str(&format!("\n[{level}] {message}"));
            }
        }
        let figures = self.plugin.as_ref().map(|plugin| {
            let boot = plugin.boot_stats();
            let request = plugin.stats().since(boot);
            [
                request.pages.to_string(),
                format!("{} + {}", boot.instructions, request.instructions),
                format!("{} + {}", boot.hostcalls, request.hostcalls),
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
