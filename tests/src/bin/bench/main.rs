//! The program behind `cargo xtask bench`: measures, and prints JSON.

mod boot;
mod envoy;
mod figures;
mod growth;
mod request;
mod rounds;
mod runner;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use whit_test::Vm;

/// Measure modules in the runner and in Envoy, side by side; print a list of tables as JSON
#[derive(Parser)]
struct Args {
    /// What is measured
    #[command(subcommand)]
    part: Part,
    /// A module: the filter, the variant, the module's path, and the case file's
    #[arg(long, global = true, num_args = 4, value_names = ["FILTER", "VARIANT", "MODULE", "CASES"])]
    subject: Vec<String>,
}

#[derive(Subcommand)]
enum Part {
    /// Compiling and starting each module
    Boot(Rounds),
    /// What a request takes of the guest, once it is warm
    Request,
    /// What filters cost real Envoy
    Envoy {
        #[command(flatten)]
        rounds: Rounds,
        /// The folder that Envoy is fetched into
        #[arg(long, default_value = "target/envoy")]
        folder: PathBuf,
    },
    /// What the runner itself takes, beside a host of another kind
    Runner(Rounds),
    /// What a stream takes among many, and a KiB of a long body
    Growth(growth::Most),
}

#[derive(clap::Args)]
struct Rounds {
    /// How many rounds there are
    #[arg(long)]
    rounds: usize,
}

/// A module.
pub(crate) struct Subject {
    pub(crate) filter: String,
    pub(crate) variant: String,
    pub(crate) path: PathBuf,
    pub(crate) cases: PathBuf,
}

impl Subject {
    fn of(words: &[String]) -> Option<Self> {
        let [filter, variant, path, cases] = words else { return None };
        let (filter, variant) = (filter.clone(), variant.clone());
        Some(Self { filter, variant, path: path.into(), cases: cases.into() })
    }

    pub(crate) fn module(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.path)
            .map_err(|error| format!("cannot read {}: {error}", self.path.display()))
    }

    pub(crate) fn vm(&self) -> Result<Vm, String> {
        Vm::load(&self.path).map_err(|error| self.said(&error))
    }

    /// What is wrong with it.
    pub(crate) fn said(&self, error: &dyn std::fmt::Display) -> String {
        format!("{} {}: {error}", self.filter, self.variant)
    }
}

fn main() -> ExitCode {
    let Args { part, subject } = Args::parse();
    let subjects: Vec<Subject> = subject.chunks_exact(4).filter_map(Subject::of).collect();
    let measured = match part {
        Part::Boot(Rounds { rounds }) => boot::measure(&subjects, rounds),
        Part::Request => request::measure(&subjects),
        Part::Envoy { rounds: Rounds { rounds }, folder } => {
            envoy::measure(&folder, &subjects, rounds)
        }
        Part::Runner(Rounds { rounds }) => runner::measure(&subjects, rounds),
        Part::Growth(most) => growth::measure(&subjects, &most),
    };
    let printed = measured.and_then(|groups| {
        serde_json::to_string_pretty(&groups).map_err(|error| error.to_string())
    });
    match printed {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
