//! The filters of this repository, and the variants that each is compared in.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::plugin::Plugin;
use crate::workspace::Workspace;

/// One way to write a filter, and to build it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// On Whit, pruned: what `build-filters` ships.
    Whit,
    /// On Whit, as plain `cargo build --release` leaves it.
    Plain,
    /// `hand.wat`.
    Hand,
    /// `official.rs`, with the profile of the official crate's own examples.
    Official,
    /// `official.rs`, with the size profile of this workspace.
    OfficialTuned,
}

impl Variant {
    pub const ALL: [Self; 5] =
        [Self::Whit, Self::Plain, Self::Hand, Self::Official, Self::OfficialTuned];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Whit => "whit",
            Self::Plain => "plain",
            Self::Hand => "hand",
            Self::Official => "official",
            Self::OfficialTuned => "official-tuned",
        }
    }
}

/// The root of this repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// Every filter, by name.
pub fn filters() -> Result<Vec<Plugin>> {
    Ok(Workspace::current()?.plugins())
}

/// The guests of the runner's tests, which are built like filters.
pub fn guests() -> Result<Vec<Plugin>> {
    let workspace = Workspace::current()?;
    let guests =
        workspace.all().filter(|plugin| plugin.folder().starts_with(root().join("tests/guests")));
    Ok(guests.map(|guest| guest.clone().built_to(workspace.target.join("guests"))).collect())
}

/// In groups that cargo may build at the same time: it gives each package the features that any of them
/// asks of a dependency, so these have dependencies that are alike.
pub fn together(filters: &[Plugin]) -> Vec<Vec<&Plugin>> {
    let mut groups: Vec<Vec<&Plugin>> = Vec::new();
    for filter in filters {
        let alike = |group: &&mut Vec<&Plugin>| {
            group.first().is_some_and(|first| first.dependencies == filter.dependencies)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(filter),
            None => groups.push(vec![filter]),
        }
    }
    groups
}

impl Plugin {
    /// The variants that this filter has.
    pub fn variants(&self) -> Vec<Variant> {
        let official = self.folder().join("official.rs").is_file();
        let hand = self.folder().join("hand.wat").is_file();
        Variant::ALL
            .into_iter()
            .filter(|variant| match variant {
                Variant::Whit | Variant::Plain => true,
                Variant::Hand => hand,
                Variant::Official | Variant::OfficialTuned => official,
            })
            .collect()
    }

    /// Where a variant's module is written.
    pub fn variant(&self, variant: Variant) -> PathBuf {
        match variant {
            Variant::Whit => self.module(),
            Variant::Plain => self.plain(),
            variant => self.file(&format!("{}.wasm", variant.name())),
        }
    }
}
