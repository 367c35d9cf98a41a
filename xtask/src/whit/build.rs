//! `cargo whit build`: plugins as they ship.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::profile;
use crate::build;
use crate::wasm;
use crate::workspace::Workspace;

/// Build plugins to target/filters/NAME.wasm, pruned and validated
#[derive(clap::Args)]
pub struct Args {
    /// A plugin; can be given several times [default: the one of the current folder, or all of the workspace]
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
}

pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::current()?;
    let plugins = workspace.named(&args.packages)?;
    build::build(&plugins)?;
    for plugin in &plugins {
        let (module, plain) = (read(&plugin.module())?, read(&plugin.plain())?);
        let pages = match wasm::summary(&module)?.pages {
            None => "no memory".to_owned(),
            Some(1) => "a memory of 1 page".to_owned(),
            Some(pages) => format!("a memory of {pages} pages"),
        };
        let path = plugin.module();
        let path = path.strip_prefix(std::env::current_dir()?).unwrap_or(&path).display();
        println!("{path}: {} bytes ({} before pruning), {pages}", module.len(), plain.len());
    }
    profile::advise(&workspace.root)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
