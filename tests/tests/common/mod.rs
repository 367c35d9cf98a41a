//! What the integration tests share: built filters, and Envoy.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Trial};
use whit_test::envoy::Envoy;

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

/// Real Envoy. Without network it can be missing: then its tests are skipped, loudly, but never
/// in CI.
pub fn envoy() -> Option<&'static Envoy> {
    static ENVOY: OnceLock<Option<Envoy>> = OnceLock::new();
    let envoy = ENVOY.get_or_init(|| match Envoy::find(&target().join("envoy")) {
        Ok(envoy) => Some(envoy),
        Err(error) if std::env::var_os("CI").is_some_and(|ci| ci == "true") => {
            panic!("CI never skips Envoy: {error}")
        }
        Err(error) => {
            eprintln!("\n*** SKIPPED: every test on real Envoy ***\n*** {error}\n");
            None
        }
    });
    envoy.as_ref()
}

/// A test that needs Envoy.
pub fn envoy_trial(
    name: String,
    test: impl FnOnce(&Envoy) -> Result<(), String> + Send + 'static,
) -> Trial {
    let envoy = envoy();
    let run = move || match envoy {
        Some(envoy) => Ok(test(envoy)?),
        None => Err("there is no Envoy".into()),
    };
    Trial::test(name, run).with_ignored_flag(envoy.is_none())
}

pub fn run(trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Fails with these lines, if there are any.
pub fn none(differences: &[String]) -> Result<(), String> {
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}
