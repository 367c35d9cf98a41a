//! The program behind `cargo xtask bench`.

mod boot;
mod rounds;
mod runner;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use comfy_table::{CellAlignment, Table};
use rounds::Contender;

/// Measure the runner, side by side and interleaved
#[derive(Parser)]
struct Args {
    /// What is measured
    part: Part,
    /// A module: its name and its path
    #[arg(long, required = true, num_args = 2, value_names = ["NAME", "MODULE"])]
    subject: Vec<String>,
    /// How many rounds there are
    #[arg(long)]
    rounds: usize,
    /// Print JSON: a list of objects with `name`, and in nanoseconds `median`, `low` and `high`
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Compiling and starting each module
    Boot,
    /// What the runner itself takes
    Runner,
}

/// A module.
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let subjects: Vec<Subject> = args
        .subject
        .chunks_exact(2)
        .filter_map(|pair| Some(Subject { name: pair.first()?.clone(), path: pair.get(1)?.into() }))
        .collect();
    let measured = match args.part {
        Part::Boot => boot::measure(&subjects, args.rounds),
        Part::Runner => runner::measure(&subjects, args.rounds),
    };
    match measured {
        Ok(measured) if args.json => println!("{}", json(&measured)),
        Ok(measured) => {
            println!("{}", table(&measured));
            println!("Of {} rounds, one contender after the other in each.", args.rounds);
        }
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// What was measured: what it was, and how many of it a contender did in a round.
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) median: Duration,
    pub(crate) low: Duration,
    pub(crate) high: Duration,
}

impl Measured {
    pub(crate) fn of(contender: &Contender<'_>, times: u32) -> Self {
        let at = |percent| contender.percentile(percent) / times;
        Self { name: contender.name.clone(), median: at(50), low: at(10), high: at(90) }
    }
}

fn table(measured: &[Measured]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["what", "median", "10th to 90th percentile", "a second"]);
    for Measured { name, median, low, high } in measured {
        let a_second = 1e9 / median.as_nanos().max(1) as f64;
        let text = |duration: &Duration| format!("{:.1}", duration.as_secs_f64() * 1e6);
        table.add_row([
            name.clone(),
            format!("{} µs", text(median)),
            format!("{} – {} µs", text(low), text(high)),
            format!("{a_second:.0}"),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn json(measured: &[Measured]) -> serde_json::Value {
    let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    measured
        .iter()
        .map(|Measured { name, median, low, high }| {
            serde_json::json!({
                "name": name, "median": nanos(*median), "low": nanos(*low), "high": nanos(*high),
            })
        })
        .collect()
}
