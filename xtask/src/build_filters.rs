//! `cargo xtask build-filters`: build, prune, validate.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use comfy_table::Table;

use crate::cargo::{self, TARGET, run as run_command, target_dir};
use crate::filter::{Filter, Subject, Variant, cargo_for_wasm, together, write};
use crate::prune::{self, Pruned};
use crate::{featured, named, wasm};

/// Build filters to target/filters/NAME.wasm, pruned and validated
#[derive(clap::Args)]
pub struct Args {
    /// Filters to build [default: all]
    names: Vec<String>,
    /// Build what the tests need besides: what filters are compared with, and test guests
    #[arg(long)]
    variants: bool,
    /// Build to target/filters/NAME.debug.wasm instead: with names, and with panics that say where and why
    #[arg(long, conflicts_with = "variants")]
    debug: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let filters = Filter::named(&args.names)?;
    if args.debug {
        for path in named::build_debug(&filters)? {
            println!("{}", path.display());
        }
        return Ok(());
    }
    build(&filters)?;
    if args.variants {
        build_beside(&filters)?;
    }

    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["filter", "before", "bytes", "exports", "imports", "pages"]);
    for filter in &filters {
        let before = size(&filter.module(Variant::Plain)?)?;
        let path = filter.module(Variant::Whit)?;
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
pub fn build_beside(filters: &[Filter]) -> Result<()> {
    build_variants(filters)?;
    let guests = Filter::guests()?;
    build(&guests)?;
    named::build(filters)?;
    let panics: Vec<Filter> = guests.into_iter().filter(|guest| guest.name == "panics").collect();
    named::build_debug(&panics)?;
    featured::build_all()
}

/// Builds the filters among these.
pub fn build_subjects(subjects: &[Subject]) -> Result<()> {
    let filters: Vec<Filter> = subjects
        .iter()
        .filter_map(|subject| match subject {
            Subject::Filter(filter) => Some(filter.clone()),
            Subject::Module(_) => None,
        })
        .collect();
    if filters.is_empty() { Ok(()) } else { build(&filters) }
}

fn size(path: &Path) -> Result<u64> {
    Ok(path.metadata().with_context(|| format!("cannot read {}", path.display()))?.len())
}

/// Builds the filters on Whit: as plain cargo does, and pruned.
pub fn build(filters: &[Filter]) -> Result<()> {
    cargo::ensure_target()?;
    compile(filters, || cargo_for_wasm("build"))?;
    let mut with_stack = Vec::new();
    let mut without = Vec::new();
    for filter in filters {
        let plain = read_artifact(target_dir()?, "release", &filter.library())?;
        write(&filter.module(Variant::Plain)?, &plain)?;
        let stack = prune_filter(filter, &plain)?.stack;
        if stack { &mut with_stack } else { &mut without }.push(filter.clone());
    }
    relink(&with_stack, "relinked", &[])?;
    // Where nothing uses the stack, its place in memory is free, and data moves to addresses that
    // take a byte less each. A stack size in a build.rs wins over this one.
    let wrong = relink(&without, "stackless", &["-Clink-arg=-zstack-size=16"])?;
    anyhow::ensure!(wrong.is_empty(), "linked with less of a stack, they use it: {wrong:?}");
    Ok(())
}

/// Links again, with what prune can work with, and prunes. Returns the names of those that use the stack.
fn relink(filters: &[Filter], folder: &str, flags: &[&str]) -> Result<Vec<String>> {
    if filters.is_empty() {
        return Ok(Vec::new());
    }
    // In a folder of its own, or each build would undo the other.
    let folder = target_dir()?.join(folder);
    // Added to those of .cargo/config.toml. The linker keeps relocations only of what is not stripped.
    let flags = [&["-Clink-arg=--emit-relocs", "-Cstrip=none"], flags].concat();
    compile(filters, || {
        let mut cargo = cargo_for_wasm("build");
        cargo.arg("--target-dir").arg(&folder);
        cargo.args(["--config", &format!("target.{TARGET}.rustflags = {flags:?}")]);
        cargo
    })?;
    let mut stack = Vec::new();
    for filter in filters {
        let pruned = prune_filter(filter, &read_artifact(&folder, "release", &filter.library())?)?;
        write(&filter.module(Variant::Whit)?, &pruned.module)?;
        if pruned.stack {
            stack.push(filter.name.clone());
        }
    }
    Ok(stack)
}

fn compile(filters: &[Filter], cargo: impl Fn() -> Command) -> Result<()> {
    for group in together(filters)? {
        let mut cargo = cargo();
        cargo.args(["--release", "--lib"]);
        for filter in group {
            cargo.args(["--package", &filter.name]);
        }
        run_command(&mut cargo)?;
    }
    Ok(())
}

fn prune_filter(filter: &Filter, module: &[u8]) -> Result<Pruned> {
    prune::prune(module).with_context(|| format!("cannot prune filter `{}`", filter.name))
}

/// Builds what the filters are compared with.
pub fn build_variants(filters: &[Filter]) -> Result<()> {
    for filter in filters.iter().filter(|filter| filter.variants().contains(&Variant::Hand)) {
        let module = wasm::assemble(&filter.folder().join("hand.wat"))?;
        write(&filter.module(Variant::Hand)?, &module)?;
    }

    let mut officials = filters.to_vec();
    officials.retain(|filter| filter.variants().contains(&Variant::Official));
    if officials.is_empty() {
        return Ok(());
    }
    // The official crate's panic messages hold the paths of its sources: with this machine's, the
    // sizes would differ from machine to machine.
    let registry = cargo::source_of("proxy-wasm")?;
    let registry = registry.parent().context("the registry has a folder")?;
    for (profile, variant) in [("official", Variant::Official), ("release", Variant::OfficialTuned)]
    {
        for group in together(&officials)? {
            let mut cargo = cargo_for_wasm("build");
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
            write(&filter.module(variant)?, &read_artifact(target_dir()?, profile, &name)?)?;
        }
    }
    Ok(())
}

fn read_artifact(target_dir: &Path, profile: &str, name: &str) -> Result<Vec<u8>> {
    let path = target_dir.join(TARGET).join(profile).join(format!("{name}.wasm"));
    std::fs::read(&path).with_context(|| format!("cargo built no {}", path.display()))
}
