//! `cargo xtask json`: what a plugin's configuration may be read with.

use std::path::PathBuf;

use anyhow::Result;
use comfy_table::{CellAlignment, Table};

use super::featured;
use super::programs::Program;
use crate::cargo;

/// Compare readers of JSON for configurations: bytes, instructions, errors, what they take
#[derive(clap::Args)]
pub struct Args {}

const MEASURE: Program = Program("whit-json");

/// The guest's features; the floor has none.
const READERS: [&str; 6] =
    ["none", "whit", "serde-json-core", "picojson", "nanoserde", "serde_json"];

pub fn run(_: &Args) -> Result<()> {
    cargo::ensure_target()?;
    let modules: Vec<PathBuf> = READERS
        .into_iter()
        .map(|reader| featured::build("json-readers", reader))
        .collect::<Result<_>>()?;
    let floor = modules[0].metadata()?.len();
    let printed = MEASURE.output(&modules[1..])?;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["reader", "bytes", "instructions", "says of 5000", "wrong of 25"]);
    let mut texts = String::new();
    for ((reader, module), line) in READERS.iter().zip(&modules).skip(1).zip(printed.lines()) {
        let bytes = module.metadata()?.len();
        let [_, instructions, said, wrong] = line.split('\t').collect::<Vec<_>>()[..] else {
            anyhow::bail!("{} printed {line:?}", MEASURE.0);
        };
        let wrong: Vec<&str> = wrong.split('\x1f').filter(|text| !text.is_empty()).collect();
        for text in &wrong {
            texts += &format!("{reader}: {text}\n");
        }
        let (wrong, bytes) = (wrong.len().to_string(), format!("+{}", bytes - floor));
        table.add_row([*reader, &bytes, instructions, said, &wrong]);
    }
    for column in table.column_iter_mut().skip(1).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!(
        "Bytes are above those of the same plugin, with the same allocator, that reads nothing.
Instructions are those of starting with a configuration of 125 bytes. Wrong is a text that is taken though it
is no configuration by RFC 8259, or not taken though it is one:
{texts}"
    );
    Ok(())
}
