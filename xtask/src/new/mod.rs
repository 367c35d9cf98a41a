//! A plugin to begin with, from templates.

mod folder;
mod name;

use anyhow::Result;

pub use folder::Folder;
pub use name::Name;

/// What both `cargo whit new` and `cargo xtask new` are told.
#[derive(clap::Args)]
pub struct What {
    /// The package's name
    name: String,
    /// A plugin for TCP connections, instead of one for HTTP
    #[arg(long, conflicts_with = "background")]
    tcp: bool,
    /// A plugin beside all traffic, instead of one for HTTP
    #[arg(long)]
    background: bool,
}

/// What a plugin of each kind begins with.
pub struct Template {
    /// What it does.
    description: &'static str,
    pub source: &'static str,
    pub cases: &'static str,
    #[cfg(feature = "cargo-whit")]
    pub envoy: &'static str,
}

macro_rules! template {
    ($folder:literal, $description:literal) => {
        Template {
            description: $description,
            source: include_str!(concat!("../../templates/", $folder, "/lib.rs")),
            cases: include_str!(concat!("../../templates/", $folder, "/cases.toml")),
            #[cfg(feature = "cargo-whit")]
            envoy: include_str!(concat!("../../templates/", $folder, "/envoy.yaml")),
        }
    };
}

const HTTP: Template = template!("http", "Answers for its health, and marks all responses");
const TCP: Template = template!("tcp", "Lets TLS through and nothing else");
const BACKGROUND: Template = template!("background", "Counts the seconds that it is alive");

impl What {
    /// The name, which is checked.
    pub fn name(&self) -> Result<Name> {
        Name::parse(&self.name)
    }

    pub const fn template(&self) -> &'static Template {
        match (self.tcp, self.background) {
            (true, _) => &TCP,
            (_, true) => &BACKGROUND,
            _ => &HTTP,
        }
    }
}

impl Template {
    /// A template's text for a plugin of this name.
    pub fn fill(&self, text: &str, name: &Name) -> String {
        text.replace("@name@", name.as_str()).replace("@description@", self.description)
    }
}
