//! Cargo and rustup.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::{Command, ExitStatus};

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

/// What cargo says of the workspace that the current folder is in.
pub fn metadata(args: &[&str]) -> Result<serde_json::Value> {
    let output = cargo(["metadata", "--format-version=1"])
        .args(args)
        .output()
        .context("cannot run `cargo metadata`")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::bail!("{}", said.trim_start_matches("error: ").trim_end());
    }
    serde_json::from_slice(&output.stdout)
        .context("`cargo metadata` printed something else than JSON")
}

/// Cargo, in the current folder.
pub fn cargo<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

/// Runs a command that prints for itself.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot run `{shown}`"))?;
    Failed::unless_success(&shown, status)
}

/// Cargo, building for wasm. Flags of the environment would discard those of .cargo/config.toml.
pub fn for_wasm(command: &str) -> Command {
    let mut cargo = cargo([command, "--target", TARGET]);
    for variable in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    ] {
        cargo.env_remove(variable);
    }
    cargo
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
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("cannot run `rustc`")?;
    if output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    {
        return Ok(());
    }
    rustup(&["target", "add", TARGET])
}

/// Runs rustup, for something that is missing.
pub fn rustup(args: &[&str]) -> Result<()> {
    eprintln!("rustup {}: not there yet", args.join(" "));
    let mut command = Command::new("rustup");
    command.args(args);
    run(&mut command).context("rustup (https://rustup.rs) is needed for this, and network, once")
}
