//! Guests whose features choose features of `whit`: cargo would give these to every plugin that it
//! builds at the same time, so each is built alone, in a folder of their own.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::allocators::ALLOCATORS;
use crate::cargo::{self, TARGET};
use crate::plugin::write;
use crate::prune;
use crate::workspace::Workspace;

/// Builds all of them to target/featured/GUEST-FEATURE.wasm.
pub fn build_all() -> Result<()> {
    for allocator in ALLOCATORS {
        build("allocator", allocator)?;
    }
    for feature in ["abi-0-1-0", "abi-0-2-0", "log", "debug"] {
        build("features", feature)?;
    }
    Ok(())
}

/// Builds a guest with one of its features, or with `none`, and prunes it.
pub fn build(guest: &str, feature: &str) -> Result<PathBuf> {
    let folder = Workspace::current()?.target.join("featured");
    let mut cargo = cargo::for_wasm("build");
    cargo.args(["--release", "--lib", "--package", guest, "--target-dir"]).arg(&folder);
    if feature != "none" {
        cargo.args(["--features", &format!("{guest}/{feature}")]);
    }
    cargo::run(&mut cargo)?;
    let library = guest.replace('-', "_");
    let built = folder.join(TARGET).join("release").join(format!("{library}.wasm"));
    let module =
        std::fs::read(&built).with_context(|| format!("cargo built no {}", built.display()))?;
    let path = folder.join(format!("{guest}-{feature}.wasm"));
    write(&path, &prune::prune(&module)?)?;
    Ok(path)
}
