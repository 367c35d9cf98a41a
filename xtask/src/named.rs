//! The filters as plain cargo links them, with the names of functions: for a test that looks for what a
//! filter should not hold.

use anyhow::{Context as _, Result};

use crate::cargo::{self, TARGET, target_dir};
use crate::filter::{Filter, cargo_for_wasm, write};

/// Builds filters to target/named/NAME.wasm.
pub fn build(filters: &[Filter]) -> Result<()> {
    // In a folder of its own, or each build would undo the other.
    let folder = target_dir()?.join("named");
    let mut cargo = cargo_for_wasm("build");
    cargo.env("CARGO_PROFILE_RELEASE_STRIP", "none");
    cargo.args(["--release", "--lib", "--target-dir"]).arg(&folder);
    for filter in filters {
        cargo.args(["--package", &filter.name]);
    }
    cargo::run(&mut cargo)?;
    for filter in filters {
        let linked = folder.join(TARGET).join(format!("release/{}.wasm", filter.library()));
        let module = std::fs::read(&linked)
            .with_context(|| format!("cargo built no {}", linked.display()))?;
        write(&folder.join(format!("{}.wasm", filter.name)), &module)?;
    }
    Ok(())
}
