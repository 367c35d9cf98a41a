//! Checks of the test command that need a tool beside the toolchain, each a command of its own as well.

pub mod deny;
pub mod miri;
pub mod reproduce;
pub mod semver;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::cargo::{self, cargo};
use crate::workspace::Workspace;

/// What became of a check that found nothing wrong.
#[derive(Debug)]
pub enum Done {
    Passed,
    /// Its tool is not there and cannot be fetched, and why.
    Skipped(String),
}

impl Done {
    /// For a check that is asked for by itself: there, a skipped one has failed.
    pub fn or_fail(self) -> Result<()> {
        match self {
            Self::Passed => Ok(()),
            Self::Skipped(why) => anyhow::bail!("{why}"),
        }
    }
}

/// Whether this runs for CI, where everything must be there that can be fetched.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|ci| ci == "true")
}

/// A cargo subcommand of crates.io, in `target/tools`.
struct Tool {
    /// Its package, which is its program as well.
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// Its program, which is built if it is not there.
    fn program(&self) -> Result<PathBuf> {
        let root = Workspace::current()?.target.join("tools");
        let program =
            root.join("bin").join(self.name).with_extension(std::env::consts::EXE_EXTENSION);
        let said = Command::new(&program).arg("--version").stderr(Stdio::null()).output();
        let there = said.is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout).split_whitespace().nth(1) == Some(self.version)
        });
        if !there {
            eprintln!(
                "{} {} is built into target/tools: some minutes, once",
                self.name, self.version
            );
            let mut install = cargo(["install", "--locked", "--debug", "--force"]);
            install.args(["--version", self.version, self.name]).arg("--root").arg(&root);
            // Where `cargo test` and xtask build what is the project's own.
            install.arg("--target-dir").arg(root.join("build"));
            let installed = cargo::run(&mut install).with_context(|| {
                format!("{} cannot be built, for which network is needed", self.name)
            });
            // It is large, and not needed again.
            let _ = std::fs::remove_dir_all(root.join("build"));
            installed?;
        }
        Ok(program)
    }
}
