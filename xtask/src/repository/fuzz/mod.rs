//! `cargo xtask fuzz`: the targets of `tests/fuzz` under libFuzzer, for as long as one likes.

mod fuzzer;
mod program;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use comfy_table::{CellAlignment, Table};

use super::build_filters;
use super::variant::filters;
use crate::workspace::Workspace;
use crate::{Usage, build};
use fuzzer::Fuzzer;

/// Look for inputs for which something does not hold, with cargo-fuzz and nightly: executions and coverage
#[derive(clap::Args)]
pub struct Args {
    /// Only these targets, by the folders of their corpora in tests/fuzz/corpus
    targets: Vec<String>,
    /// How long for each target
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    minutes: u32,
    /// Afterwards add to each corpus the inputs that cover more than it does
    #[arg(long)]
    keep: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::current()?;
    let corpora = workspace.root.join("tests/fuzz/corpus");
    let targets = targets(&corpora, &args.targets)?;
    build::build(&filters()?)?;
    build_filters::build_beside(&filters()?)?;
    let work = workspace.target.join("fuzz");
    let fuzzer = Fuzzer { program: program::build(workspace)?, corpora, work };
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["target", "executions", "a second", "edges", "features", "corpus"]);
    for target in targets {
        let end = fuzzer.run(&target, args.minutes)?;
        if args.keep {
            fuzzer.keep(&target)?;
        }
        let row = [&end.executions, &end.a_second, &end.edges, &end.features, &end.corpus];
        table.add_row(std::iter::once(&target).chain(row));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    Ok(())
}

/// All targets, or those that are named.
fn targets(corpora: &Path, named: &[String]) -> Result<Vec<String>> {
    let entries =
        fs::read_dir(corpora).with_context(|| format!("cannot read {}", corpora.display()))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut all = names.collect::<Result<Vec<String>>>()?;
    all.sort();
    if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
        let known = all.join(", ");
        let what = format!("there is no target `{unknown}`, but these: {known}");
        return Err(Usage(what).into());
    }
    all.retain(|name| named.is_empty() || named.contains(name));
    Ok(all)
}
