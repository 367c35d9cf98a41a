//! Building plugins: what plain cargo builds, then a second link that prune can work with, and prune.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::cargo::{self, TARGET};
use crate::plugin::{Plugin, Subject, write};
use crate::prune;
use crate::workspace::Workspace;

/// Builds plugins, each to its `NAME.wasm`, and to `NAME.plain.wasm` as plain cargo does. Each is built
/// alone: of what it depends on it has the features that it asks for, and not those of its neighbours.
pub fn build(plugins: &[Plugin]) -> Result<()> {
    cargo::ensure_target()?;
    for plugin in plugins {
        let target = &Workspace::current()?.target;
        let mut cargo = rustc(plugin);
        let plain = link(&mut cargo, plugin, target)?;
        write(&plugin.plain(), &plain)?;

        // In a folder of its own, or each build would undo the other. The linker keeps relocations only of
        // what is not stripped. What rustc warns of, it has said before.
        let folder = target.join("relinked");
        let mut cargo = rustc(plugin);
        cargo.arg("--quiet").arg("--target-dir").arg(&folder);
        cargo.args(["--", "-Clink-arg=--emit-relocs", "-Cstrip=none", "--cap-lints=allow"]);
        let linked = link(&mut cargo, plugin, &folder)?;
        let prune =
            |module| prune::prune(module).with_context(|| format!("cannot prune {}", plugin.name));
        let mut pruned = prune(&linked)?;
        // With relocations, the linker writes large zeros out.
        if pruned.len() > plain.len() {
            pruned = prune(&plain)?;
        }
        write(&plugin.module(), &pruned)?;
    }
    Ok(())
}

/// Builds the plugins among these.
pub fn build_subjects(subjects: &[Subject]) -> Result<()> {
    let plugins: Vec<Plugin> = subjects
        .iter()
        .filter_map(|subject| match subject {
            Subject::Plugin(plugin) => Some(plugin.clone()),
            Subject::Module(_) => None,
        })
        .collect();
    if plugins.is_empty() { Ok(()) } else { build(&plugins) }
}

fn rustc(plugin: &Plugin) -> Command {
    let mut cargo = cargo::for_wasm("rustc");
    cargo.args(["--release", "--lib", "--manifest-path"]).arg(plugin.manifest());
    cargo
}

fn link(cargo: &mut Command, plugin: &Plugin, target: &Path) -> Result<Vec<u8>> {
    cargo::run(cargo)?;
    let file = format!("{}.wasm", plugin.library());
    let path = target.join(TARGET).join("release").join(file);
    std::fs::read(&path).with_context(|| format!("cargo built no {}", path.display()))
}
