//! `whit-test`, linked: `cargo whit` needs nothing of this repository once it is installed.

use std::ffi::OsString;
use std::thread;

use anyhow::Result;
use whit_test::cli;

use crate::host::{Host, Tool};
use crate::plugin::Plugin;
use crate::watch;

pub struct Linked;

impl Host for Linked {
    fn run(&self, tool: Tool, args: Vec<OsString>) -> Result<()> {
        let command: cli::Command = match tool {
            Tool::Boot => cli::boot,
            Tool::Case => cli::case,
            Tool::Cases => cli::cases,
            Tool::Check => cli::check,
            Tool::Envoy => cli::envoy,
            Tool::Run => cli::run,
            Tool::Trace => cli::trace,
        };
        Ok(command(args)?)
    }

    fn serve(&self, args: Vec<OsString>, watched: &Plugin) -> Result<()> {
        let server = thread::spawn(|| cli::run(args));
        watch::until(watched, || server.is_finished().then_some(()));
        Ok(server.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?)
    }
}
