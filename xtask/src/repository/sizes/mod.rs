//! `cargo xtask sizes`: what each filter weighs on Whit, by hand and on the official crate, and how many
//! instructions its cases take.

mod readme;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use comfy_table::{CellAlignment, Table};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};

use super::programs::Program;
use super::variant::{Variant, filters, root};
use super::{bench, build_filters};
use crate::build;
use crate::plugin::{Plugin, write};

/// Compare bytes and instructions of each filter on Whit with hand-written WAT and the official crate
#[derive(clap::Args)]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write the figures to filters/sizes.json and into the READMEs
    #[arg(long, conflicts_with = "check")]
    bless: bool,
    /// Fail if a figure differs from filters/sizes.json or from a README
    #[arg(long)]
    check: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let filters = filters()?;
    build::build(&filters)?;
    build_filters::build_variants(&filters)?;
    let sizes = Sizes::measure(&filters)?;

    if args.json {
        println!("{}", sizes.to_json()?);
    } else {
        println!("{}", sizes.table());
    }
    if args.bless {
        write(&committed_path(), format!("{}\n", sizes.to_json()?).as_bytes())?;
        for readme in readme::all(&sizes, &filters) {
            readme.bless()?;
        }
        return bench::redraw(bench::Part::Size);
    }
    let changes = sizes.changes(&filters)?;
    if args.check {
        return unchanged(&changes);
    }
    for change in &changes {
        eprintln!("not as in filters/sizes.json: {change}");
    }
    Ok(())
}

/// Of the built filters, as what is committed.
pub fn measured(filters: &[Plugin]) -> Result<Value> {
    Ok(serde_json::from_str(&Sizes::measure(filters)?.to_json()?)?)
}

/// Fails if a figure of the built filters differs from the committed one.
pub fn check(filters: &[Plugin]) -> Result<()> {
    let sizes = Sizes::measure(filters)?;
    println!("{}", sizes.table());
    unchanged(&sizes.changes(filters)?)
}

fn unchanged(changes: &[String]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    bail!(
        "sizes have changed: if that is meant, run `cargo xtask sizes --bless` and commit\n{}",
        changes.join("\n")
    );
}

fn committed_path() -> PathBuf {
    root().join("filters/sizes.json")
}

/// The committed figures, by filter, variant and unit; null if there are none.
pub fn committed() -> Result<Value> {
    let path = committed_path();
    match std::fs::read(&path) {
        Ok(json) => {
            serde_json::from_slice(&json).with_context(|| format!("{} is no JSON", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Value::Null),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    bytes: usize,
    gzip: usize,
    /// The instructions that its cases take in the runner, without booting; `None` without cases.
    fuel: Option<u64>,
    /// Those of the first of them.
    first: Option<u64>,
}

impl Size {
    const UNITS: [&str; 3] = ["bytes", "gzip", "instructions"];

    fn in_unit(self, unit: &str) -> Option<u64> {
        match unit {
            "bytes" => Some(self.bytes as u64),
            "gzip" => Some(self.gzip as u64),
            _ => self.fuel.filter(|fuel| *fuel != 0),
        }
    }
}

/// Counts instructions.
const FUEL: Program = Program("whit-fuel");

/// By the path of each module that has cases: those of all, and of the first.
fn fuel(filters: &[Plugin]) -> Result<BTreeMap<String, (u64, u64)>> {
    let mut args = Vec::new();
    for filter in filters {
        let Some(cases) = filter.cases().into_iter().next() else { continue };
        for variant in filter.variants() {
            let module = filter.variant(variant).display().to_string();
            args.extend(["--subject".to_owned(), module.clone(), module]);
            args.push(cases.display().to_string());
        }
    }
    if args.is_empty() {
        return Ok(BTreeMap::new());
    }
    let printed = FUEL.output(args)?;
    let lines = printed.lines().filter_map(|line| {
        let (module, fuel) = line.split_once('\t')?;
        Some((module, fuel.split_once('\t')?))
    });
    lines
        .map(|(module, (all, first))| Ok((module.to_owned(), (all.parse()?, first.parse()?))))
        .collect()
}

/// By filter and variant.
struct Sizes(BTreeMap<String, Vec<(Variant, Size)>>);

impl Sizes {
    fn measure(filters: &[Plugin]) -> Result<Self> {
        let mut sizes = BTreeMap::new();
        let fuel = fuel(filters)?;
        for filter in filters {
            let mut row = Vec::new();
            for variant in filter.variants() {
                let path = filter.variant(variant);
                let module = std::fs::read(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let fuel = fuel.get(&path.display().to_string()).copied();
                let (fuel, first) = fuel.unzip();
                row.push((
                    variant,
                    Size { bytes: module.len(), gzip: gzip(&module)?, fuel, first },
                ));
            }
            sizes.insert(filter.name.clone(), row);
        }
        Ok(Self(sizes))
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::ASCII_MARKDOWN);
        table.set_header([
            "filter",
            "",
            "Whit",
            "before pruning",
            "hand WAT",
            "Whit ÷ hand",
            "official",
            "official tuned",
            "official tuned ÷ Whit",
        ]);
        for (filter, row) in &self.0 {
            for unit in Size::UNITS {
                let of = |variant| {
                    let (_, size) = row.iter().find(|(found, _)| *found == variant)?;
                    size.in_unit(unit)
                };
                let number =
                    |variant| of(variant).map_or("—".to_owned(), |size: u64| size.to_string());
                let ratio = |over, under| match (of(over), of(under)) {
                    (Some(over), Some(under)) => {
                        let ratio = over as f64 / under as f64;
                        // Of many times, tenths say nothing.
                        format!("{ratio:.*}", if ratio < 20.0 { 2 } else { 0 })
                    }
                    _ => "—".to_owned(),
                };
                table.add_row([
                    filter.clone(),
                    unit.to_owned(),
                    number(Variant::Whit),
                    number(Variant::Plain),
                    number(Variant::Hand),
                    ratio(Variant::Whit, Variant::Hand),
                    number(Variant::Official),
                    number(Variant::OfficialTuned),
                    ratio(Variant::OfficialTuned, Variant::Whit),
                ]);
            }
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn to_json(&self) -> Result<String> {
        let mut filters = Map::new();
        for (filter, row) in &self.0 {
            let row = row.iter().map(|(variant, size)| -> (String, Value) {
                let units = Size::UNITS.map(|unit| (unit.to_owned(), json!(size.in_unit(unit))));
                (variant.name().to_owned(), units.into_iter().collect::<Map<_, _>>().into())
            });
            filters.insert(filter.clone(), row.collect::<Map<_, _>>().into());
        }
        Ok(serde_json::to_string_pretty(&filters)?)
    }

    /// A line for each figure that differs from the committed one, and one for each README.
    fn changes(&self, filters: &[Plugin]) -> Result<Vec<String>> {
        let committed = committed()?;
        let now: Value = serde_json::from_str(&self.to_json()?)?;
        let mut changes = Vec::new();
        for (filter, variant) in keys(&committed).chain(keys(&now)) {
            let (before, after) = (&committed[filter][variant], &now[filter][variant]);
            let change = format!("{filter} {variant}: {before} is now {after}");
            if before != after && !changes.contains(&change) {
                changes.push(change);
            }
        }
        if changes.is_empty() {
            for readme in readme::all(self, filters) {
                changes.extend(readme.change()?);
            }
        }
        Ok(changes)
    }
}

fn keys(sizes: &Value) -> impl Iterator<Item = (&str, &str)> {
    sizes.as_object().into_iter().flatten().flat_map(|(filter, row)| {
        row.as_object()
            .into_iter()
            .flatten()
            .map(|(variant, _)| (filter.as_str(), variant.as_str()))
    })
}

/// The size at gzip's best level, as a registry or an object store would hold it.
fn gzip(module: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(module)?;
    Ok(encoder.finish()?.len())
}
