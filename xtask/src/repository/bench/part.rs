//! The parts of `cargo xtask bench`: what each measures, and of what.

use std::ffi::OsString;

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use super::figures::Group;
use crate::build;
use crate::plugin::Plugin;
use crate::repository::build_filters;
use crate::repository::programs::Program;
use crate::repository::sizes;
use crate::repository::variant::{Variant, filters, guests};
use crate::workspace::{Workspace, envoy_folder};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Bytes of each filter's module
    Size,
    /// Compiling modules, and starting plugins, in the runner
    Boot,
    /// Instructions, hostcalls, allocations and pages that a request takes once the guest is warm
    Request,
    /// What a stream takes among more and more of them, and a KiB of longer and longer bodies
    Growth,
    /// VMs and callbacks a second of the runner, beside a host of another kind
    Runner,
    /// CPU time that filters add to requests in real Envoy, memory and start of plugins there
    Envoy,
}

/// With these, whatever the filter is called.
const VARIANTS: [Variant; 4] =
    [Variant::Whit, Variant::Hand, Variant::Official, Variant::OfficialTuned];

impl Part {
    pub const ALL: [Self; 6] =
        [Self::Size, Self::Boot, Self::Request, Self::Growth, Self::Runner, Self::Envoy];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Boot => "boot",
            Self::Request => "request",
            Self::Growth => "growth",
            Self::Runner => "runner",
            Self::Envoy => "envoy",
        }
    }

    /// How many of its tables README.md shows unfolded.
    pub const fn tables(self) -> usize {
        match self {
            Self::Size | Self::Growth => 0,
            Self::Request => 1,
            Self::Boot | Self::Runner => 2,
            Self::Envoy => 3,
        }
    }

    /// As README.md shows it: of every filter's figures those that are compared.
    pub fn shown(self, group: &Group) -> Group {
        if matches!(self, Self::Size | Self::Request) { group.compared() } else { group.clone() }
    }

    /// Measures what it is about, of modules that are built.
    pub fn measure(self, rounds: usize) -> Result<Vec<Group>> {
        if self == Self::Size {
            return Ok(vec![Group::of_sizes(&sizes::measured(&filters()?)?)]);
        }
        let mut command: Vec<OsString> = vec![self.name().into()];
        if matches!(self, Self::Boot | Self::Runner | Self::Envoy) {
            command.extend(["--rounds".into(), rounds.to_string().into()]);
        }
        if self == Self::Envoy {
            command.extend(["--folder".into(), envoy_folder().into()]);
        }
        for (plugin, variants) in self.subjects()? {
            for variant in variants {
                let cases = plugin.folder().join("cases.toml");
                command.extend(["--subject".into(), plugin.name.clone().into()]);
                command.extend([variant.name().into(), plugin.variant(variant).into()]);
                command.push(cases.into());
            }
        }
        let program = Program("whit-bench");
        let json = program.output(command)?;
        serde_json::from_str(&json).with_context(|| format!("{} printed no figures", program.0))
    }

    /// Builds what it measures.
    pub fn build(self) -> Result<()> {
        let plugins: Vec<Plugin> = match self {
            Self::Size => filters()?,
            _ => self.subjects()?.into_iter().map(|(plugin, _)| plugin).collect(),
        };
        build::build(&plugins)?;
        if self != Self::Runner {
            build_filters::build_variants(&plugins)?;
        }
        Ok(())
    }

    /// The plugins that it is about, and in which variants.
    fn subjects(self) -> Result<Vec<(Plugin, Vec<Variant>)>> {
        let named = |names: &[&str]| -> Result<Vec<Plugin>> {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            Workspace::current()?.named(&names)
        };
        let (all, on_whit) = match self {
            Self::Size | Self::Request => (filters()?, Vec::new()),
            Self::Boot => (
                named(&["tiny", "add-header", "http-auth-random", "http-body", "http-headers"])?,
                Vec::new(),
            ),
            Self::Envoy => (
                named(&["add-header", "http-auth-random", "http-body", "http-headers"])?,
                Vec::new(),
            ),
            Self::Runner => (Vec::new(), named(&["add-header", "http-headers"])?),
            Self::Growth => {
                let mut on_whit = named(&["redact"])?;
                on_whit.extend(guests()?.into_iter().filter(|guest| guest.name == "mixed"));
                (named(&["http-auth-random"])?, on_whit)
            }
        };
        let all = all.into_iter().map(|plugin| {
            let mut variants = plugin.variants();
            variants.retain(|variant| VARIANTS.contains(variant));
            (plugin, variants)
        });
        let on_whit = on_whit.into_iter().map(|plugin| (plugin, vec![Variant::Whit]));
        Ok(all.chain(on_whit).collect())
    }
}
