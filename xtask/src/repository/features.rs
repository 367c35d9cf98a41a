//! `cargo xtask features`: what the features of filters weigh.

use anyhow::Result;
use comfy_table::{CellAlignment, Table};

use super::featured;
use crate::cargo;
use crate::workspace::Workspace;

/// Build filters with each of their features that has cases of its own, and compare their bytes
#[derive(clap::Args)]
pub struct Args {
    /// Filters to build [default: all]
    names: Vec<String>,
}

pub fn run(args: &Args) -> Result<()> {
    cargo::ensure_target()?;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["filter", "feature", "bytes"]);
    for filter in Workspace::current()?.named(&args.names)? {
        for (feature, module) in featured::build_filter(&filter)? {
            let bytes = module.metadata()?.len().to_string();
            table.add_row([filter.name.clone(), feature, bytes]);
        }
    }
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    Ok(())
}
