//! Cases and suites in the runner.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Parser;

use super::Failure;
use super::failure::read;
use super::host::{self, Host, Subject};
use super::tally::Tally;
use crate::suite::{Ran, Suite, Test};
use crate::{Error, Vm};

/// Run cases or a suite in the runner
#[derive(Parser)]
#[command(name = "whit-case")]
struct Args {
    /// A case file, or a suite of Google's plugin tester
    #[arg(value_name = "FILE.toml|FILE.textpb")]
    file: PathBuf,
    /// The module
    #[arg(long, value_name = "PATH.wasm")]
    plugin: Option<PathBuf>,
    /// The plugin configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the cases of a file, or a suite, in the runner.
///
/// # Errors
/// One fails, or something cannot be read.
pub fn case(args: Vec<OsString>) -> Result<(), Failure> {
    let args: Args = super::parse(args);
    let extension = args.file.extension().unwrap_or_default().to_string_lossy().into_owned();
    match extension.as_str() {
        "toml" => cases(args),
        "textpb" | "txtpb" | "textproto" | "pbtxt" => suite(&args),
        _ => Err(Failure::usage(format!(
            "{} is neither a case file (.toml) nor a suite (.textpb)",
            args.file.display()
        ))),
    }
}

fn cases(args: Args) -> Result<(), Failure> {
    if args.config.is_some() {
        return usage("--config is for suites: a case says its `configuration` itself");
    }
    let Some(module) = args.plugin else {
        return usage("say which plugin the cases are about: --plugin");
    };
    let subject = Subject { name: String::new(), module, cases: Some(args.file) };
    host::run(&[Host::Runner], &[subject])
}

fn suite(args: &Args) -> Result<(), Failure> {
    let suite = Suite::read(&args.file).map_err(|error| Failure::usage(error.to_string()))?;
    let at = args.file.display();
    for note in suite.notes() {
        eprintln!("note: {at}:{note}");
    }
    let Some(path) = args.plugin.as_deref().or(suite.module()) else {
        return usage("say which plugin the suite is about: --plugin, or its `env.wasm_path`");
    };
    let configuration = args.config.as_deref().or(suite.configuration());
    let configuration = configuration.map(read).transpose()?.unwrap_or_default();
    let vm = match Vm::load(path) {
        Ok(vm) => vm,
        Err(error @ Error::Read { .. }) => return usage(error.to_string()),
        Err(error) => return Err(Failure::of(format!("{}: refused: {error}", path.display()))),
    };
    let mut tally = Tally::of(&["runner"]);
    for test in suite.tests() {
        let ran = suite.run(test, &vm, &configuration);
        if let Some(path) = suite.log() {
            log(path, test, &ran).map_err(|error| {
                Failure::usage(format!("cannot write {}: {error}", path.display()))
            })?;
        }
        let failures = ran.failures.iter().map(|failure| format!("{at}:{failure}"));
        tally.add(test.name(), &[Some(failures.collect())]);
    }
    tally.end("tests")
}

fn usage<T>(message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::usage(message.into()))
}

/// Adds what a test has logged to the suite's log file.
fn log(path: &Path, test: &Test, ran: &Ran) -> std::io::Result<()> {
    let mut text = format!("--- Starting test: {} ---\n", test.name());
    text.extend(ran.log.iter().map(|line| format!("{line}\n")));
    text += &format!("--- Finished test: {} ---\n", test.name());
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}
