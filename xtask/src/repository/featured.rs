//! Guests whose features choose features of `whit`, and filters with features of their own: cargo would give
//! these to every plugin that it builds at the same time, so each is built alone, in a folder of their own.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::allocators::ALLOCATORS;
use super::variant::filters;
use crate::cargo::{self, TARGET};
use crate::plugin::{Plugin, write};
use crate::prune;
use crate::workspace::Workspace;

/// Builds all of them to target/featured/NAME-FEATURE.wasm.
pub fn build_all() -> Result<()> {
    for allocator in ALLOCATORS {
        build("allocator", allocator)?;
    }
    for feature in ["abi-0-1-0", "abi-0-2-0", "log", "debug"] {
        build("features", feature)?;
    }
    for filter in filters()? {
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
pub fn build_filter(filter: &Plugin) -> Result<Vec<(String, PathBuf)>> {
    let mut built = Vec::new();
    for feature in with_cases(filter)? {
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

/// A filter's features that have cases of their own, in `cases-FEATURE.toml`.
fn with_cases(filter: &Plugin) -> Result<Vec<String>> {
    let folder = filter.folder();
    let read = || format!("cannot read {}", folder.display());
    let mut features = Vec::new();
    for entry in folder.read_dir().with_context(read)? {
        let name = entry?.file_name();
        let feature = name.to_str().and_then(|name| name.strip_prefix("cases-"));
        features.extend(feature.and_then(|name| name.strip_suffix(".toml")).map(str::to_owned));
    }
    features.sort_unstable();
    Ok(features)
}

fn link(package: &str, feature: &str, features: &[String]) -> Result<PathBuf> {
    let folder = Workspace::current()?.target.join("featured");
    let mut cargo = cargo::for_wasm("build");
    cargo.args(["--release", "--lib", "--package", package, "--target-dir"]).arg(&folder);
    cargo::run(cargo.args(features))?;
    let library = package.replace('-', "_");
    let built = folder.join(TARGET).join("release").join(format!("{library}.wasm"));
    let module =
        std::fs::read(&built).with_context(|| format!("cargo built no {}", built.display()))?;
    let path = folder.join(format!("{package}-{feature}.wasm"));
    write(&path, &prune::prune(&module)?)?;
    Ok(path)
}
