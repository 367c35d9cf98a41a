//! Plugins with features: cargo would give these to every plugin that it builds at the same time, so each
//! is built alone, in a folder of their own.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::allocators::ALLOCATORS;
use crate::cargo::{self, TARGET, target_dir};
use crate::filter::{Filter, cargo_for_wasm, write};
use crate::prune;

/// Builds all of them to target/featured/NAME-FEATURE.wasm.
pub fn build_all() -> Result<()> {
    for allocator in ALLOCATORS {
        build("allocator", allocator)?;
    }
    for feature in ["abi-0-1-0", "abi-0-2-0", "log", "debug"] {
        build("features", feature)?;
    }
    for filter in Filter::all()? {
        build_filter(&filter)?;
    }
    Ok(())
}

/// Builds a guest with one of its features, or with `none`, and prunes it.
pub fn build(guest: &str, feature: &str) -> Result<PathBuf> {
    let features = match feature {
        "none" => Vec::new(),
        feature => vec!["--features".to_owned(), format!("{guest}/{feature}")],
    };
    link(guest, feature, &features)
}

/// Builds a filter with each feature that has cases of its own, and without its default ones.
pub fn build_filter(filter: &Filter) -> Result<Vec<(String, PathBuf)>> {
    let mut built = Vec::new();
    for feature in filter.features()? {
        let name = &filter.name;
        // As `build-filters` does: with what prune can work with.
        let flags = ["-Clink-arg=--emit-relocs", "-Cstrip=none"];
        let features = [
            "--no-default-features".to_owned(),
            "--features".to_owned(),
            format!("{name}/{feature}"),
            "--config".to_owned(),
            format!("target.{TARGET}.rustflags = {flags:?}"),
        ];
        let path = link(name, &feature, &features)?;
        built.push((feature, path));
    }
    Ok(built)
}

fn link(package: &str, feature: &str, features: &[String]) -> Result<PathBuf> {
    let folder = target_dir()?.join("featured");
    let mut cargo = cargo_for_wasm("build");
    cargo.args(["--release", "--lib", "--package", package, "--target-dir"]).arg(&folder);
    cargo::run(cargo.args(features))?;
    let library = package.replace('-', "_");
    let built = folder.join(TARGET).join("release").join(format!("{library}.wasm"));
    let module =
        std::fs::read(&built).with_context(|| format!("cargo built no {}", built.display()))?;
    let path = folder.join(format!("{package}-{feature}.wasm"));
    write(&path, &prune::prune(&module)?.module)?;
    Ok(path)
}
