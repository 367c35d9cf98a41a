//! What each host would say to a module, and what takes its bytes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use clap::Parser;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use super::Failure;
use crate::check::{Host, Report, Verdict};

/// How many parts are shown unless all are.
const SHOWN: usize = 20;

/// Check modules, without running them
#[derive(Parser)]
#[command(name = "whit-check")]
struct Args {
    /// A module: its name and its path
    #[arg(long, required = true, num_args = 2, value_names = ["NAME", "MODULE"])]
    subject: Vec<String>,
    /// Print every part of a module, not only the largest
    #[arg(long)]
    all: bool,
    /// Print JSON: a list with the report of each module, as `whit_test::check` describes it
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Named<'a> {
    module: &'a str,
    #[serde(flatten)]
    report: Report,
}

/// Checks modules, without running them.
///
/// # Errors
/// One cannot be read or is no Wasm, or Envoy would refuse one.
pub fn check(args: Vec<OsString>) -> Result<(), Failure> {
    let args: Args = super::parse(args);
    let mut reports = Vec::new();
    let mut unread = Vec::new();
    for subject in args.subject.chunks_exact(2) {
        let [name, path] = subject else { continue };
        match report(Path::new(path)) {
            Ok(report) => reports.push(Named { module: name, report }),
            Err(error) => unread.push(format!("{name}: {error}")),
        }
    }
    if args.json {
        let json = serde_json::to_string_pretty(&reports).expect("a report serializes");
        println!("{json}");
    } else {
        for Named { module, report } in &reports {
            println!("{}", text(module, report, args.all));
        }
    }
    let refused = reports
        .iter()
        .filter(|named| named.report.host(Host::Envoy).verdict > Verdict::AcceptsWithNotes)
        .map(|named| format!("{}: Envoy refuses it", named.module));
    let refused: Vec<String> = refused.collect();
    match (unread.is_empty(), refused.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::all(refused)),
        (false, _) => Err(Failure::usages([unread, refused].concat())),
    }
}

fn report(path: &Path) -> Result<Report, String> {
    let module =
        std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if module.starts_with(b"\0asm") {
        return Ok(Report::of(&module));
    }
    let what_to_do = if module.trim_ascii_start().starts_with(b"(") {
        "it may be WAT: assemble it first, with `wat2wasm`"
    } else {
        "give the .wasm file that a compiler wrote, such as cargo's for wasm32-unknown-unknown"
    };
    Err(format!("{} is no Wasm: it does not begin with \\0asm; {what_to_do}", path.display()))
}

fn text(name: &str, report: &Report, all: bool) -> String {
    let mut text = format!("{name}: {} bytes", report.bytes);
    if let Some(abi) = report.abi {
        text.push_str(&format!(", ABI {abi}"));
    }
    match report.pages {
        Some(1) => text.push_str(", a memory of 1 page"),
        Some(pages) => text.push_str(&format!(", a memory of {pages} pages")),
        None => text.push_str(", no memory"),
    }
    text.push_str(&format!("\n\n{}\n", verdicts(report)));
    for reason in reasons(report) {
        text.push_str(&format!("\n- {reason}"));
    }
    if !report.runs.is_empty() {
        let runs = report.runs.join(", ");
        text.push_str(&format!(
            "\n\nEnvoy first runs {runs}; the command `boot` shows what comes of it."
        ));
    }
    text.push_str(&format!("\n\n{}\n\nBy section: {}.\n", parts(report, all), sections(report)));
    text
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(header);
    table
}

fn verdicts(report: &Report) -> Table {
    let mut table = table(["host", "verdict"]);
    for host in &report.hosts {
        table.add_row([host.host.to_string(), host.verdict.to_string()]);
    }
    table
}

/// Each reason once, with the hosts that have it.
fn reasons(report: &Report) -> Vec<String> {
    let mut reasons: Vec<(Vec<String>, &str)> = Vec::new();
    for host in &report.hosts {
        for reason in &host.reasons {
            let name = host.host.to_string();
            match reasons.iter_mut().find(|(_, found)| found == reason) {
                Some((hosts, _)) => hosts.push(name),
                None => reasons.push((vec![name], reason)),
            }
        }
    }
    reasons.iter().map(|(hosts, reason)| format!("{}: {reason}", hosts.join(", "))).collect()
}

fn parts(report: &Report, all: bool) -> Table {
    let mut table = table(["section", "part", "bytes", "share"]);
    let shown = if all { report.parts.len() } else { SHOWN.min(report.parts.len()) };
    let (shown, rest) = report.parts.split_at(shown);
    let share = |bytes: usize| format!("{:.1} %", 100.0 * bytes as f64 / report.bytes as f64);
    for part in shown {
        let (section, what) = (part.section.to_owned(), part.what.clone());
        table.add_row([section, what, part.bytes.to_string(), share(part.bytes)]);
    }
    if !rest.is_empty() {
        let bytes: usize = rest.iter().map(|part| part.bytes).sum();
        let what = format!("{} more: --all shows them", rest.len());
        table.add_row([String::new(), what, bytes.to_string(), share(bytes)]);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// How much each section takes, the largest first.
fn sections(report: &Report) -> String {
    let mut sections: BTreeMap<&str, usize> = BTreeMap::new();
    for part in &report.parts {
        *sections.entry(part.section).or_default() += part.bytes;
    }
    let mut sections: Vec<_> = sections.into_iter().collect();
    sections.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let named = |(name, bytes): &(&str, usize)| format!("{name} {bytes}");
    sections.iter().map(named).collect::<Vec<_>>().join(", ")
}
