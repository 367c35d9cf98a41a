//! `cargo xtask bench`: how long things take, side by side.

use std::ffi::OsString;

use anyhow::Result;
use clap::ValueEnum;

use super::build_filters;
use super::programs::Program;
use super::variant::Variant;
use crate::build;
use crate::plugin::Plugin;
use crate::workspace::{Workspace, envoy_folder};

/// Measure modules: medians of interleaved rounds, in one run
///
/// `boot` compiles and starts add-header on Whit, by hand and on the official crate; `runner` drives
/// requests through modules with no callback, with one and with three, a fresh stream each. The programs
/// are built as `cargo test` builds them, without optimisation but for the code generator. `envoy` measures
/// what filters on Whit, by hand, on the official crate, in Lua and of Envoy's own cost real Envoy.
#[derive(clap::Args)]
pub struct Args {
    /// What to measure [default: boot and runner]
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
    Envoy,
}

pub fn run(args: &Args) -> Result<()> {
    let filters =
        ["tiny", "add-header", "http-auth-random", "http-body", "http-headers"].map(str::to_owned);
    let workspace = Workspace::current()?;
    let filters = workspace.named(&filters)?;
    build::build(&filters)?;
    let parts = args.part.map_or(vec![Part::Boot, Part::Runner], |part| vec![part]);
    if parts != [Part::Runner] {
        build_filters::build_variants(&filters)?;
    }
    for part in parts {
        let mut command: Vec<OsString> = match part {
            Part::Boot => vec!["boot".into()],
            Part::Runner => vec!["runner".into()],
            Part::Envoy => {
                vec!["envoy".into(), "--folder".into(), envoy_folder().into()]
            }
        };
        let mut subject = |name: String, filter: &Plugin, variant| -> Result<()> {
            command.extend(["--subject".into(), name.into(), filter.variant(variant).into()]);
            Ok(())
        };
        for filter in &filters {
            match part {
                Part::Runner if matches!(&filter.name[..], "http-auth-random" | "http-body") => {}
                Part::Runner => subject(filter.name.clone(), filter, Variant::Whit)?,
                Part::Envoy | Part::Boot if part == Part::Envoy || filter.name == "add-header" => {
                    for variant in filter.variants() {
                        subject(format!("{} {}", filter.name, variant.name()), filter, variant)?;
                    }
                }
                Part::Boot | Part::Envoy => {}
            }
        }
        command.extend(["--rounds".into(), args.rounds.to_string().into()]);
        command.extend(args.json.then(|| "--json".into()));
        print!("{}", Program("whit-bench").output(command)?);
    }
    Ok(())
}
