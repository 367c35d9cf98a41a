//! `cargo xtask bench`: what things take, side by side.

mod chart;
mod committed;
mod figures;
mod part;
mod text;

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde_json::Map;

pub use part::Part;

use crate::plugin::write;

/// Measure modules: side by side in one run, interleaved, medians with their confidence
///
/// The programs are built as `cargo test` builds them, without optimisation but for the code generator.
/// `size`, `request` and `growth` give the same figures everywhere; the others want a machine that does
/// nothing else.
#[derive(clap::Args)]
pub struct Args {
    /// What to measure [default: all parts]
    parts: Vec<Part>,
    /// How many rounds there are of what is timed
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// Write the figures of all parts to this file
    #[arg(long)]
    json: Option<PathBuf>,
    /// Draw a chart of each part into this folder
    #[arg(long)]
    charts: Option<PathBuf>,
    /// Measure nothing: show what is committed
    #[arg(long)]
    committed: bool,
    /// Write figures and charts to tests/figures, and show both in README.md
    #[arg(long)]
    bless: bool,
    /// Fail if README.md or a chart shows something else than what is committed, or if requests take something
    /// else now
    #[arg(long, conflicts_with_all = ["parts", "json", "charts", "committed", "bless"])]
    check: bool,
}

pub fn run(args: &Args) -> Result<()> {
    if args.check {
        Part::Request.build()?;
        return check();
    }
    let parts = if args.parts.is_empty() { &Part::ALL[..] } else { &args.parts };
    if !args.committed {
        // Before anything is timed.
        for part in parts {
            part.build()?;
        }
    }
    let mut json = Map::new();
    for &part in parts {
        let groups =
            if args.committed { committed::read(part)? } else { part.measure(args.rounds)? };
        for group in &groups {
            println!("{}\n", text::table(group));
        }
        if let Some(folder) = &args.charts {
            let path = folder.join(format!("{}.svg", part.name()));
            write(&path, chart::svg(part, &groups)?.as_bytes())?;
        }
        if args.bless {
            committed::write_figures(part, &groups)?;
            committed::redraw(part)?;
        }
        json.insert(part.name().to_owned(), serde_json::to_value(groups)?);
    }
    if let Some(path) = &args.json {
        write(path, format!("{}\n", serde_json::to_string_pretty(&json)?).as_bytes())?;
    }
    Ok(())
}

/// Shows what is committed of a part.
pub fn redraw(part: Part) -> Result<()> {
    committed::redraw(part)
}

/// Fails if a chart or README.md shows something else than what is committed, or if requests take something
/// else now, which repeats exactly. Sizes have a check of their own.
pub fn check() -> Result<()> {
    let mut changes = Vec::new();
    for part in Part::ALL {
        changes.extend(committed::changes(part)?);
    }
    let (before, now) = (committed::read(Part::Request)?, Part::Request.measure(1)?);
    for group in &now {
        let known = before.iter().find(|known| known.title == group.title);
        let other = |row: &&figures::Row| !known.is_some_and(|known| known.rows.contains(row));
        for row in group.rows.iter().filter(other) {
            changes.push(format!("{}, {}: now {}", group.title, row.what, row.text()));
        }
    }
    if before != now && changes.is_empty() {
        changes.push("tests/figures/request.json has figures of filters that are gone".to_owned());
    }
    if changes.is_empty() {
        return Ok(());
    }
    bail!(
        "figures have changed: if that is meant, run `cargo xtask sizes --bless` and `cargo xtask bench \
         request --bless`, and commit\n{}",
        changes.join("\n")
    );
}
