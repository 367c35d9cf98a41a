//! What the integration tests share: built filters, and Envoy.
#![allow(dead_code)] // No test uses all of it.

#[cfg(feature = "envoy")]
pub mod envoy;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the workspace")
}

pub fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("target/tmp lies in target")
}

/// The path of a built module, such as `filters/tiny.wasm`, up to date with its source.
pub fn module(path: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        // `cargo xtask test` has built them.
        if std::env::var_os("WHIT_BUILT").is_none() {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut command = Command::new(cargo);
            command.current_dir(root()).args(["xtask", "build-filters", "--variants"]);
            assert!(command.status().expect("cargo runs").success(), "the filters do not build");
        }
    });
    target().join(path)
}
