//! `cargo xtask build-filters`: build, prune, validate.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use comfy_table::Table;

use super::variant::{Variant, guests, together};
use super::{featured, named, wat};
use crate::build;
use crate::cargo::{self, TARGET, run as run_command};
use crate::plugin::{Plugin, write};
use crate::wasm;
use crate::workspace::Workspace;

/// Build filters to target/filters/NAME.wasm, pruned and validated
#[derive(clap::Args)]
pub struct Args {
    /// Filters to build [default: the one of the current folder, or all]
    names: Vec<String>,
    /// Build what the tests need besides: what filters are compared with, and test guests
    #[arg(long)]
    variants: bool,
    /// Build to target/filters/NAME.debug.wasm instead: with names, and with panics that say where and why
    #[arg(long, conflicts_with = "variants")]
    debug: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let filters = Workspace::current()?.named(&args.names)?;
    if args.debug {
        for path in named::build_debug(&filters)? {
            println!("{}", path.display());
        }
        return Ok(());
    }
    build::build(&filters)?;
    if args.variants {
        build_beside(&filters)?;
    }

    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["filter", "before", "bytes", "exports", "imports", "pages"]);
    for filter in &filters {
        let before = size(&filter.plain())?;
        let path = filter.module();
        let module = wasm::summary(&std::fs::read(&path)?)?;
        table.add_row([
            filter.name.clone(),
            before.to_string(),
            size(&path)?.to_string(),
            module.exports.join("\n"),
            module.imports.join("\n"),
            module.pages.unwrap_or(0).to_string(),
        ]);
    }
    println!("{table}");
    Ok(())
}

/// Builds what the tests need beside the filters.
pub fn build_beside(filters: &[Plugin]) -> Result<()> {
    build_variants(filters)?;
    let guests = guests()?;
    build::build(&guests)?;
    named::build(filters)?;
    let panics: Vec<Plugin> = guests.into_iter().filter(|guest| guest.name == "panics").collect();
    named::build_debug(&panics)?;
    featured::build_all()
}

fn size(path: &Path) -> Result<u64> {
    Ok(path.metadata().with_context(|| format!("cannot read {}", path.display()))?.len())
}

/// Builds what the filters are compared with.
pub fn build_variants(filters: &[Plugin]) -> Result<()> {
    for filter in filters.iter().filter(|filter| filter.variants().contains(&Variant::Hand)) {
        let module = wat::assemble(&filter.folder().join("hand.wat"))?;
        write(&filter.variant(Variant::Hand), &module)?;
    }

    let mut officials = filters.to_vec();
    officials.retain(|filter| filter.variants().contains(&Variant::Official));
    if officials.is_empty() {
        return Ok(());
    }
    // The official crate's panic messages hold the paths of its sources: with this machine's, the
    // sizes would differ from machine to machine.
    let registry = source_of("proxy-wasm")?;
    let registry = registry.parent().context("the registry has a folder")?;
    for (profile, variant) in [("official", Variant::Official), ("release", Variant::OfficialTuned)]
    {
        for group in together(&officials) {
            let mut cargo = cargo::for_wasm("build");
            // Instead of our flags: the official crate has the stack that rustc gives it.
            let flag = format!("--remap-path-prefix={}=/registry", registry.display());
            cargo.env("CARGO_ENCODED_RUSTFLAGS", flag);
            cargo.args(["--profile", profile]);
            for filter in group {
                let example = format!("{}-official", filter.name);
                cargo.args(["--package", &filter.name, "--example", &example]);
            }
            run_command(&mut cargo)?;
        }
        for filter in &officials {
            let name = format!("examples/{}_official", filter.library());
            write(&filter.variant(variant), &read_artifact(profile, &name)?)?;
        }
    }
    Ok(())
}

fn read_artifact(profile: &str, name: &str) -> Result<Vec<u8>> {
    let path = Workspace::current()?.target.join(TARGET).join(profile).join(format!("{name}.wasm"));
    std::fs::read(&path).with_context(|| format!("cargo built no {}", path.display()))
}

/// The folder that cargo unpacked a dependency of the registry into.
fn source_of(package: &str) -> Result<PathBuf> {
    let metadata = cargo::metadata(&["--filter-platform", TARGET])?;
    let manifest = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|found| found["name"] == package)
        .and_then(|found| found["manifest_path"].as_str());
    let folder = manifest.and_then(|manifest| Path::new(manifest).parent());
    Ok(folder.with_context(|| format!("`cargo metadata` names no package {package}"))?.to_owned())
}
