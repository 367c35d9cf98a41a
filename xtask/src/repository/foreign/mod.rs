//! `cargo xtask foreign`: guests in other languages, and on other SDKs, on both hosts.

mod build;
mod fetch;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use super::programs::Programs;
use super::variant::root;
use crate::host::{Host as _, Tool};
use crate::workspace::{Workspace, envoy_folder};

/// Build guests in other languages, and run their cases in the runner and in real Envoy; fetches compilers
#[derive(clap::Args)]
pub struct Args {
    /// Guests [default: all of them]
    #[arg(value_enum, value_name = "NAME")]
    guests: Vec<Guest>,
}

/// A folder of `tests/foreign`. In the one of its name in `target/foreign` lie its compiler and its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Guest {
    /// On G-Core's SDK, with the npm registry's compiler: about 100 MB on the disk
    Assemblyscript,
    /// On no SDK, with the Go that PyPI has: about 300 MB
    Go,
    /// On no SDK, with the Clang of the Zig that PyPI has: about 500 MB
    Cpp,
}

impl Guest {
    const fn name(self) -> &'static str {
        match self {
            Self::Assemblyscript => "assemblyscript",
            Self::Go => "go",
            Self::Cpp => "cpp",
        }
    }

    fn source(self) -> PathBuf {
        root().join("tests/foreign").join(self.name())
    }

    fn folder(self) -> Result<PathBuf> {
        Ok(Workspace::current()?.target.join("foreign").join(self.name()))
    }
}

pub fn run(args: &Args) -> Result<()> {
    let all = Guest::value_variants();
    let guests = if args.guests.is_empty() { all } else { &args.guests };
    let hosts = ["--on", "runner", "--on", "envoy", "--folder"].map(OsString::from);
    let mut command: Vec<OsString> = Vec::from(hosts);
    command.push(envoy_folder().into());
    for &guest in guests {
        let module = build::build(guest)?;
        let cases = root().join("tests/foreign/cases.toml");
        command.extend(["--subject".into(), guest.name().into(), module.into(), cases.into()]);
    }
    Programs.run(Tool::Cases, command)
}
