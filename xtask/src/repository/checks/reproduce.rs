//! `cargo xtask reproduce`: whether another folder makes the same modules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::build;
use crate::cargo;
use crate::plugin::Plugin;
use crate::repository::programs::own;
use crate::repository::variant::filters;
use crate::workspace::Workspace;

/// Build the filters anew from a copy of the sources in another folder, and compare the modules byte by byte
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> Result<()> {
    let filters = filters()?;
    build::build(&filters)?;
    check(&filters)
}

/// For the test command. The filters are built.
pub fn check(filters: &[Plugin]) -> Result<()> {
    let workspace = Workspace::current()?;
    let copy = workspace.target.join("reproduced/in another folder");
    match fs::remove_dir_all(&copy) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot empty {}", copy.display()));
        }
        _ => {}
    }
    copy_folder(&workspace.root, &copy, &workspace.target)?;
    let mut build = Command::new(own()?);
    build.arg("build-filters").args(filters.iter().map(|filter| &filter.name));
    // What tells cargo where to build would tell it to build here.
    cargo::run(
        build
            .current_dir(&copy)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_BUILD_TARGET_DIR"),
    )?;
    for filter in filters {
        for module in [filter.module(), filter.plain()] {
            let there = copy.join("target/filters").join(module.file_name().unwrap_or_default());
            if read(&module)? != read(&there)? {
                bail!("the same sources made {} and another {}", module.display(), there.display());
            }
        }
    }
    println!("{} modules are the same, byte by byte, from another folder", 2 * filters.len());
    fs::remove_dir_all(&copy).with_context(|| format!("cannot remove {}", copy.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Copies what is built from: neither what was built nor git's own.
fn copy_folder(from: &Path, to: &Path, target: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let path: PathBuf = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path == target || name == ".git" || name == "target" {
            continue;
        }
        let there = to.join(name);
        if path.is_dir() {
            copy_folder(&path, &there, target)?;
        } else {
            fs::copy(&path, &there).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}
