//! The program behind `cargo xtask case`: cases and suites in the runner.

mod tally;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use tally::Tally;
use whit_test::case::CaseFile;
use whit_test::suite::{Ran, Suite, Test};
use whit_test::{Error, Vm, observe};

/// Run cases or a suite in the runner
#[derive(Parser)]
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

/// Why there is no success.
enum End {
    /// What the caller asked for cannot be had.
    Usage(String),
    Failed(String),
}

fn main() -> ExitCode {
    let (message, code) = match run(&Args::parse()) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(End::Usage(message)) => (message, 2),
        Err(End::Failed(message)) => (message, 1),
    };
    eprintln!("error: {message}");
    ExitCode::from(code)
}

fn run(args: &Args) -> Result<(), End> {
    let extension = args.file.extension().unwrap_or_default().to_string_lossy();
    match &*extension {
        "toml" => cases(args),
        "textpb" | "txtpb" | "textproto" | "pbtxt" => suite(args),
        _ => Err(End::Usage(format!(
            "{} is neither a case file (.toml) nor a suite (.textpb)",
            args.file.display()
        ))),
    }
}

fn cases(args: &Args) -> Result<(), End> {
    if args.config.is_some() {
        return usage("--config is for suites: a case says its `configuration` itself");
    }
    let Some(module) = &args.plugin else {
        return usage("say which plugin the cases are about: --plugin");
    };
    let module = read(module)?;
    let file = CaseFile::read(&args.file).map_err(|error| End::Usage(error.to_string()))?;
    let mut tally = Tally::default();
    for (case, place) in file.cases.iter().zip(file.places) {
        let (observed, _) = observe(&module, case);
        let differences = case.check(&observed).into_iter();
        let at = args.file.display();
        let failures = differences.map(|difference| format!("{at}:{place}: {difference}"));
        tally.add(&format!("{}: {observed}", case.name), failures);
    }
    tally.end("cases").map_err(End::Failed)
}

fn suite(args: &Args) -> Result<(), End> {
    let suite = Suite::read(&args.file).map_err(|error| End::Usage(error.to_string()))?;
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
        Err(error) => return Err(End::Failed(format!("{}: refused: {error}", path.display()))),
    };
    let mut tally = Tally::default();
    for test in suite.tests() {
        let ran = suite.run(test, &vm, &configuration);
        if let Some(path) = suite.log() {
            log(path, test, &ran)
                .map_err(|error| End::Usage(format!("cannot write {}: {error}", path.display())))?;
        }
        tally.add(test.name(), ran.failures.iter().map(|failure| format!("{at}:{failure}")));
    }
    tally.end("tests").map_err(End::Failed)
}

fn usage<T>(message: impl Into<String>) -> Result<T, End> {
    Err(End::Usage(message.into()))
}

fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, End> {
    let path = path.as_ref();
    std::fs::read(path)
        .map_err(|error| End::Usage(format!("cannot read {}: {error}", path.display())))
}

/// Adds what a test has logged to the suite's log file.
fn log(path: &Path, test: &Test, ran: &Ran) -> std::io::Result<()> {
    let mut text = format!("--- Starting test: {} ---\n", test.name());
    text.extend(ran.log.iter().map(|line| format!("{line}\n")));
    text += &format!("--- Finished test: {} ---\n", test.name());
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}
