//! Plugins as plain cargo links them, with the names of functions: to debug, and for a test that looks for
//! what a filter should not hold.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::variant::together;
use crate::cargo::{self, TARGET};
use crate::plugin::{Plugin, write};
use crate::workspace::Workspace;

/// Builds filters to target/named/NAME.wasm.
pub fn build(filters: &[Plugin]) -> Result<()> {
    let folder = Workspace::current()?.target.join("named");
    link(filters, &[], |filter| folder.join(format!("{}.wasm", filter.name)))?;
    Ok(())
}

/// Builds filters to target/filters/NAME.debug.wasm, and guests likewise: a panic says where and why.
pub fn build_debug(filters: &[Plugin]) -> Result<Vec<PathBuf>> {
    link(filters, &["--features", "whit/debug"], |filter| filter.file("debug.wasm"))
}

fn link(
    filters: &[Plugin],
    features: &[&str],
    path: impl Fn(&Plugin) -> PathBuf,
) -> Result<Vec<PathBuf>> {
    cargo::ensure_target()?;
    for group in together(filters) {
        let mut cargo = cargo::for_wasm("build");
        cargo.args(["--profile", "debugging", "--lib"]).args(features);
        for filter in group {
            cargo.args(["--package", &filter.name]);
        }
        cargo::run(&mut cargo)?;
    }
    let folder = Workspace::current()?.target.join(TARGET).join("debugging");
    let mut paths = Vec::new();
    for filter in filters {
        let linked = folder.join(format!("{}.wasm", filter.library()));
        let module = std::fs::read(&linked)
            .with_context(|| format!("cargo built no {}", linked.display()))?;
        let path = path(filter);
        write(&path, &module)?;
        paths.push(path);
    }
    Ok(paths)
}
