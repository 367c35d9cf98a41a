//! `cargo xtask allocators`: what the global allocators cost that a plugin may choose.

use std::path::PathBuf;

use anyhow::Result;
use comfy_table::{CellAlignment, Table};

use super::featured;
use super::programs::Program;
use crate::cargo;

/// Compare the global allocators that a plugin may choose by feature: bytes, instructions, pages
#[derive(clap::Args)]
pub struct Args {}

const MEASURE: Program = Program("whit-allocators");

/// By the name of the feature of `whit`; the floor has none.
pub const ALLOCATORS: [&str; 4] = ["none", "talc", "lol_alloc", "wee_alloc"];

pub fn run(_: &Args) -> Result<()> {
    cargo::ensure_target()?;
    let modules: Vec<PathBuf> = ALLOCATORS
        .into_iter()
        .map(|allocator| featured::build("allocator", allocator))
        .collect::<Result<_>>()?;
    let printed = MEASURE.output(&modules)?;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header([
        "allocator",
        "bytes",
        "instructions an allocation",
        "pages after 1000",
        "pages after 1,000,000",
    ]);
    let mut floor = None;
    for ((allocator, module), line) in ALLOCATORS.iter().zip(&modules).zip(printed.lines()) {
        let bytes = module.metadata()?.len();
        let figures: Vec<u64> =
            line.split('\t').skip(1).map(str::parse).collect::<Result<_, _>>()?;
        let [_, pages_before, instructions, pages_after] = figures[..] else {
            anyhow::bail!("{} printed {line:?}", MEASURE.0);
        };
        let (floor_bytes, floor_instructions) = *floor.get_or_insert((bytes, instructions));
        table.add_row([
            (*allocator).to_owned(),
            format!("+{}", bytes - floor_bytes),
            format!("{:.0}", (instructions - floor_instructions) as f64 / 1e6),
            pages_before.to_string(),
            pages_after.to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!(
        "A million allocations of 1 to 2048 bytes, sixty-four of them alive at a time. Bytes and
instructions are above those of the same plugin without allocations; an allocation is freed, too.
wee_alloc is unmaintained (RUSTSEC-2022-0054), and it leaks: the same sixty-four allocations take
more and more pages."
    );
    Ok(())
}
