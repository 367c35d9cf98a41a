//! The programs of `whit-test`, so that xtask need not link what they link.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow};

use crate::cargo::{self, Failed, cargo};
use crate::host::{Host, Tool};
use crate::plugin::Plugin;
use crate::watch;
use crate::workspace::Workspace;

/// A program of `whit-test`, by its name.
pub struct Program(pub &'static str);

impl Program {
    /// Builds it.
    fn build(&self) -> Result<Command> {
        let mut build = cargo(["build", "--profile", "host", "--package", "whit-test"]);
        cargo::run(build.args(["--features", "cli", "--bin", self.0]))?;
        Ok(Command::new(Workspace::current()?.target.join("host").join(self.0)))
    }

    /// Builds it and runs it, and returns what it printed.
    pub fn output(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<String> {
        output(self.0, self.build()?.args(args))
    }
}

/// Where this program is, to run it again. It is asked for at once: a test command makes cargo put another one there,
/// of the same sources, and then the system calls the one that runs deleted.
pub fn own() -> Result<&'static Path> {
    static OWN: OnceLock<io::Result<PathBuf>> = OnceLock::new();
    let own = OWN.get_or_init(std::env::current_exe).as_deref();
    own.map_err(|error| anyhow!("cannot tell which program this is: {error}"))
}

/// What a program prints, while what it says of its work goes to the terminal.
pub fn output(name: &str, command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot run {name}"))?;
    Failed::unless_success(name, output.status)?;
    String::from_utf8(output.stdout).with_context(|| format!("{name} printed no text"))
}

/// Beside `cargo xtask`.
pub struct Programs;

impl Programs {
    const fn of(tool: Tool) -> Program {
        Program(match tool {
            Tool::Boot => "whit-boot",
            Tool::Case => "whit-case",
            Tool::Cases => "whit-cases",
            Tool::Check => "whit-check",
            Tool::Envoy => "whit-envoy",
            Tool::Run => "whit-run",
            Tool::Trace => "whit-trace",
        })
    }
}

impl Host for Programs {
    /// It becomes the program, so that signals and the exit code are its own.
    fn run(&self, tool: Tool, args: Vec<OsString>) -> Result<()> {
        let program = Self::of(tool);
        let mut command = program.build()?;
        command.args(args);
        #[cfg(unix)]
        let error = std::os::unix::process::CommandExt::exec(&mut command);
        #[cfg(not(unix))]
        let error = match command.status() {
            Ok(status) => std::process::exit(status.code().unwrap_or(1)),
            Err(error) => error,
        };
        Err(error).with_context(|| format!("cannot run {}", program.0))
    }

    fn serve(&self, args: Vec<OsString>, watched: &Plugin) -> Result<()> {
        let program = Self::of(Tool::Run);
        let mut server = program.build()?.args(args).spawn();
        let server = server
            .as_mut()
            .map_err(|error| anyhow::anyhow!("cannot run {}: {error}", program.0))?;
        let status = watch::until(watched, || server.try_wait().transpose());
        Failed::unless_success("the server", status.context("cannot wait for the server")?)
    }
}
