//! What filters cost real Envoy: the time of its threads for a request and filter, its memory for a VM, and how
//! long it takes to serve.

mod config;
mod jobs;
mod load;
mod process;
mod upstream;

use std::path::Path;

use comfy_table::{CellAlignment, Table};
use config::{Answers, Filter, config};
use jobs::Job;
use process::Process;
use serde_json::{Value, json};
use whit_test::envoy::Envoy;

use crate::Subject;

/// What was found, as a table for people and as JSON.
pub(crate) struct Found {
    pub(crate) tables: Vec<(String, Table)>,
    pub(crate) json: Value,
}

/// What a filter adds to a request, in nanoseconds: the median of the rounds, and the interval that holds
/// the true median with 95 % confidence.
struct Added {
    contender: String,
    median: f64,
    low: f64,
    high: f64,
}

pub(crate) fn measure(folder: &Path, subjects: &[Subject], rounds: usize) -> Result<Found, String> {
    let envoy = Envoy::find(folder).map_err(|error| error.to_string())?;
    let upstream = upstream::start()?;
    let mut tables = Vec::new();
    let mut jobs = serde_json::Map::new();
    for job in Job::all() {
        eprintln!("{}: {rounds} rounds", job.name);
        let added = run(&envoy, &job, subjects, rounds, upstream)?;
        jobs.insert(job.name.to_owned(), added.iter().map(Added::to_json).collect());
        let what =
            if job.times == 1 { "1 filter".to_owned() } else { format!("{} filters", job.times) };
        tables.push((format!("{} ({what} in the chain)", job.name), table(&added)));
    }
    let (memory, memory_json) = starts(&envoy, subjects, upstream)?;
    tables.push(("memory and start".to_owned(), memory));
    Ok(Found { tables, json: json!({ "added": jobs, "starts": memory_json }) })
}

/// All contenders in turn, in each round; the first is nothing, which is taken off.
fn run(
    envoy: &Envoy,
    job: &Job,
    subjects: &[Subject],
    rounds: usize,
    upstream: u16,
) -> Result<Vec<Added>, String> {
    let mut processes = Vec::new();
    for (n, (contender, filter)) in job.contenders(subjects).into_iter().enumerate() {
        let config = config(&filter, job.times, false, job.answers, upstream);
        let process = Process::start(envoy, &format!("job-{n}"), &config)?;
        processes.push((contender, process, Vec::new()));
    }
    for round in 0..=rounds {
        let mut nothing = 0.0;
        for (n, (_, process, took)) in processes.iter_mut().enumerate() {
            let before = process.cpu()?;
            load::run(&process.address, &job.sent, job.requests)?;
            let cpu = (process.cpu()? - before).as_nanos() as f64 / job.requests as f64;
            if n == 0 {
                nothing = cpu;
            } else if round > 0 {
                took.push((cpu - nothing) / job.times as f64);
            }
        }
    }
    Ok(processes
        .into_iter()
        .skip(1)
        .map(|(contender, _, took)| Added::of(contender, took))
        .collect())
}

impl Added {
    fn of(contender: String, mut took: Vec<f64>) -> Self {
        took.sort_unstable_by(f64::total_cmp);
        let rounds = took.len() as f64;
        // Between two of the sorted values, by the binomial distribution in its normal approximation.
        let half = 0.98 * rounds.sqrt();
        let at = |place: f64| {
            let last = took.len().saturating_sub(1);
            took.get((place.max(0.0) as usize).min(last)).copied().unwrap_or(f64::NAN)
        };
        let median = at(rounds / 2.0);
        let (low, high) = (at((rounds / 2.0 - half).floor()), at((rounds / 2.0 + half).ceil()));
        Self { contender, median, low, high }
    }

    fn to_json(&self) -> Value {
        let Self { contender, median, low, high } = self;
        json!({ "contender": contender, "median": median, "low": low, "high": high })
    }
}

fn table(added: &[Added]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["contender", "CPU a request and filter", "95 %", "÷ Whit"]);
    let whit =
        added.iter().find(|added| added.contender == "whit").map_or(f64::NAN, |it| it.median);
    for Added { contender, median, low, high } in added {
        table.add_row([
            contender.clone(),
            format!("{:.2} µs", median / 1e3),
            format!("{:.2} – {:.2} µs", low / 1e3, high / 1e3),
            format!("{:.2}", median / whit),
        ]);
    }
    right(&mut table);
    table
}

/// Envoy with 1, 10 and 100 plugins, each in a VM of its own, beside one without.
fn starts(envoy: &Envoy, subjects: &[Subject], upstream: u16) -> Result<(Table, Value), String> {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["plugins", "contender", "memory a plugin", "serves after"]);
    let mut rows = Vec::new();
    let config = |filter: &Filter, plugins| {
        config(filter, plugins, true, Answers::Directly("hello world\n"), upstream)
    };
    let idle = Process::start(envoy, "idle", &config(&Filter::None, 0))?.memory()?;
    for plugins in [1, 10, 100] {
        for Subject { name, path } in subjects {
            let Some(contender) = name.strip_prefix("add-header ") else { continue };
            eprintln!("{plugins} plugins: {contender}");
            let config = config(&Filter::Module(path.clone()), plugins);
            let process = Process::start(envoy, "start", &config)?;
            let memory = process.memory()?.saturating_sub(idle) / plugins as u64;
            let seconds = process.started_in.as_secs_f64();
            table.add_row([
                plugins.to_string(),
                contender.to_owned(),
                format!("{} KiB", memory >> 10),
                format!("{seconds:.2} s"),
            ]);
            rows.push(json!({
                "plugins": plugins, "contender": contender, "memory": memory, "seconds": seconds,
            }));
        }
    }
    right(&mut table);
    Ok((table, rows.into()))
}

fn right(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
