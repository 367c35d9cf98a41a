//! Tools of crates.io, which are built into `target/tools`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::cargo::{self, cargo};
use crate::workspace::Workspace;

/// A cargo subcommand of crates.io, in `target/tools`.
pub struct Tool {
    /// Its package, which is its program as well.
    pub name: &'static str,
    pub version: &'static str,
}

impl Tool {
    /// Its program, which is built if it is not there.
    pub fn program(&self) -> Result<PathBuf> {
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
