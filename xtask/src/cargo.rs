//! Cargo, rustup and this workspace: where things are, and running commands in it.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;

use anyhow::{Context as _, Result};

pub const TARGET: &str = "wasm32-unknown-unknown";

/// A command that ran and failed.
#[derive(Debug)]
pub struct Failed {
    command: String,
    status: ExitStatus,
}

impl Failed {
    /// Of a command that has ended.
    pub fn unless_success(command: &str, status: ExitStatus) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        Err(Self { command: command.to_owned(), status }.into())
    }

    /// The exit code to pass on.
    pub fn code(&self) -> u8 {
        self.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed ({})", self.command, self.status)
    }
}

impl std::error::Error for Failed {}

/// The workspace's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// Cargo's target folder, which the environment or a configuration may have moved.
pub fn target_dir() -> Result<&'static Path> {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    if let Some(dir) = DIR.get() {
        return Ok(dir);
    }
    let metadata = metadata(&["--no-deps"])?;
    let dir = metadata["target_directory"]
        .as_str()
        .context("`cargo metadata` names no target_directory")?;
    Ok(DIR.get_or_init(|| PathBuf::from(dir)))
}

/// The folder that cargo unpacked a dependency of the registry into.
pub fn source_of(package: &str) -> Result<PathBuf> {
    let metadata = metadata(&["--filter-platform", TARGET])?;
    let manifest = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|found| found["name"] == package)
        .and_then(|found| found["manifest_path"].as_str());
    let folder = manifest.and_then(|manifest| Path::new(manifest).parent());
    Ok(folder.with_context(|| format!("`cargo metadata` names no package {package}"))?.to_owned())
}

/// What the manifest of a package of the workspace says that it depends on; `None` if there is no such
/// package.
pub fn dependencies_of(package: &str) -> Result<Option<&'static serde_json::Value>> {
    static METADATA: OnceLock<serde_json::Value> = OnceLock::new();
    let metadata = match METADATA.get() {
        Some(metadata) => metadata,
        None => {
            let metadata = metadata(&["--no-deps"])?;
            METADATA.get_or_init(|| metadata)
        }
    };
    let packages = metadata["packages"].as_array();
    let found = packages.into_iter().flatten().find(|found| found["name"] == package);
    Ok(found.map(|found| &found["dependencies"]))
}

fn metadata(args: &[&str]) -> Result<serde_json::Value> {
    let output = cargo(["metadata", "--format-version=1"])
        .args(args)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot run `cargo metadata`")?;
    anyhow::ensure!(output.status.success(), "`cargo metadata` failed");
    serde_json::from_slice(&output.stdout)
        .context("`cargo metadata` printed something else than JSON")
}

/// Cargo, in the workspace.
pub fn cargo<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(args);
    command
}

/// Runs a command that prints for itself.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot run `{shown}`"))?;
    Failed::unless_success(&shown, status)
}

/// A program of `whit-test` that does a command's work, so that xtask need not link what it links.
pub struct Program {
    pub bin: &'static str,
    /// Cargo's arguments that choose the features.
    pub features: &'static [&'static str],
}

impl Program {
    /// Builds it.
    fn build(&self) -> Result<Command> {
        let mut build = cargo(["build", "--profile", "host", "--package", "whit-test"]);
        run(build.args(self.features).args(["--bin", self.bin]))?;
        Ok(Command::new(target_dir()?.join("host").join(self.bin)))
    }

    /// Builds it and runs it, and returns what it printed.
    pub fn output(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<String> {
        let mut program = self.build()?;
        program.args(args).stderr(std::process::Stdio::inherit());
        let output = program.output().with_context(|| format!("cannot run {}", self.bin))?;
        Failed::unless_success(self.bin, output.status)?;
        String::from_utf8(output.stdout).with_context(|| format!("{} printed no text", self.bin))
    }

    /// Builds it and starts it.
    pub fn start(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Child> {
        let mut program = self.build()?;
        program.args(args).spawn().with_context(|| format!("cannot run {}", self.bin))
    }

    /// Builds it and becomes it, so that signals and the exit code are its own.
    pub fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<()> {
        let mut program = self.build()?;
        program.args(args);
        #[cfg(unix)]
        let error = std::os::unix::process::CommandExt::exec(&mut program);
        #[cfg(not(unix))]
        let error = match program.status() {
            Ok(status) => std::process::exit(status.code().unwrap_or(1)),
            Err(error) => error,
        };
        Err(error).with_context(|| format!("cannot run {}", self.bin))
    }
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Installs the wasm target where it is missing: `RUSTUP_AUTO_INSTALL=0` keeps rustup from doing
/// what rust-toolchain.toml says.
pub fn ensure_target() -> Result<()> {
    let output = Command::new("rustc")
        .current_dir(root())
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("cannot run `rustc`")?;
    if output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    {
        return Ok(());
    }
    rustup(&["target", "add", TARGET])
}

/// Installs the components of rust-toolchain.toml that are missing.
pub fn ensure_components() -> Result<()> {
    for (component, command) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        let found =
            cargo([command, "--version"]).output().is_ok_and(|output| output.status.success());
        if !found {
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

fn rustup(args: &[&str]) -> Result<()> {
    eprintln!("rustup {}: not there yet", args.join(" "));
    let mut command = Command::new("rustup");
    command.current_dir(root()).args(args);
    run(&mut command).context("rustup (https://rustup.rs) is needed for this, and network, once")
}
