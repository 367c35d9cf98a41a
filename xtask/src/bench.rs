//! `cargo xtask bench`: how long things take, side by side.

use std::ffi::OsString;

use anyhow::Result;
use clap::ValueEnum;

use crate::build_filters;
use crate::cargo::Program;
use crate::filter::{Filter, Variant};

/// Measure the runner: medians of interleaved rounds, in one run
///
/// `boot` compiles and starts add-header on Whit, by hand and on the official crate; `runner` drives
/// requests through modules with no callback, with one and with three, a fresh stream each. The programs
/// are built as `cargo test` builds them, without optimisation but for the code generator.
#[derive(clap::Args)]
pub struct Args {
    /// What to measure [default: both]
    part: Option<Part>,
    /// How many rounds there are
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// Print JSON: for each part a list of objects with `name`, and in nanoseconds `median`, `low` and
    /// `high`
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Boot,
    Runner,
}

pub fn run(args: &Args) -> Result<()> {
    let filters = ["tiny", "add-header", "http-headers"].map(str::to_owned);
    let filters = Filter::named(&filters)?;
    build_filters::build(&filters)?;
    let parts = args.part.map_or(vec![Part::Boot, Part::Runner], |part| vec![part]);
    if parts.contains(&Part::Boot) {
        build_filters::build_beside(&filters)?;
    }
    for part in parts {
        let mut command: Vec<OsString> = match part {
            Part::Boot => vec!["boot".into()],
            Part::Runner => vec!["runner".into()],
        };
        let mut subject = |name: String, filter: &Filter, variant| -> Result<()> {
            command.extend(["--subject".into(), name.into(), filter.module(variant)?.into()]);
            Ok(())
        };
        for filter in &filters {
            match part {
                Part::Runner => subject(filter.name.clone(), filter, Variant::Whit)?,
                Part::Boot if filter.name == "add-header" => {
                    for variant in filter.variants() {
                        subject(format!("{} {}", filter.name, variant.name()), filter, variant)?;
                    }
                }
                Part::Boot => {}
            }
        }
        command.extend(["--rounds".into(), args.rounds.to_string().into()]);
        command.extend(args.json.then(|| "--json".into()));
        let program = Program { bin: "whit-bench", features: &["--features", "cli"] };
        print!("{}", program.output(command)?);
    }
    Ok(())
}
