//! The example filters, and the variants that each is compared in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::Usage;
use crate::cargo::{self, root, target_dir};

/// A folder of `filters/`, or of `tests/guests/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub name: String,
    folder: PathBuf,
}

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

impl Filter {
    /// Every filter, by name.
    pub fn all() -> Result<Vec<Self>> {
        Self::of_folder(&root().join("filters"))
    }

    /// The guests of the runner's tests, which are built like filters.
    pub fn guests() -> Result<Vec<Self>> {
        Self::of_folder(&root().join("tests/guests"))
    }

    fn of_folder(folder: &Path) -> Result<Vec<Self>> {
        let mut filters = Vec::new();
        let entries =
            folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let folder = entry?.path();
            if folder.join("Cargo.toml").is_file()
                && let Some(name) = folder.file_name().and_then(|name| name.to_str())
            {
                filters.push(Self { name: name.to_owned(), folder });
            }
        }
        filters.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(filters)
    }

    /// The filters of these names; all of them without a name.
    pub fn named(names: &[String]) -> Result<Vec<Self>> {
        let all = Self::all()?;
        if names.is_empty() {
            return Ok(all);
        }
        names.iter().map(|name| Self::find(&all, name)).collect()
    }

    fn find(all: &[Self], name: &str) -> Result<Self> {
        all.iter().find(|filter| filter.name == name).cloned().ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|filter| filter.name.as_str()).collect();
            Usage(format!("there is no filter `{name}` in filters/: {}", known.join(", "))).into()
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name that rustc gives its library.
    pub fn library(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The cases that every variant must pass; `None` for a filter that has none yet.
    pub fn cases(&self) -> Option<PathBuf> {
        Some(self.folder().join("cases.toml")).filter(|path| path.is_file())
    }

    /// Its features that have cases of their own, in `cases-FEATURE.toml`.
    pub fn features(&self) -> Result<Vec<String>> {
        let folder = self.folder();
        let read = || format!("cannot read {}", folder.display());
        let mut features = Vec::new();
        for entry in folder.read_dir().with_context(read)? {
            let name = entry?.file_name();
            let feature = name.to_str().and_then(|name| name.strip_prefix("cases-"));
            features.extend(feature.and_then(|name| name.strip_suffix(".toml")).map(str::to_owned));
        }
        features.sort_unstable();
        Ok(features)
    }

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

    /// Where a variant's module is written: `target/filters/NAME.wasm` for Whit's, and so for
    /// `guests`.
    pub fn module(&self, variant: Variant) -> Result<PathBuf> {
        let file = match variant {
            Variant::Whit => format!("{}.wasm", self.name),
            variant => format!("{}.{}.wasm", self.name, variant.name()),
        };
        let kind = self.folder.parent().and_then(Path::file_name).unwrap_or_default();
        Ok(target_dir()?.join(kind).join(file))
    }
}

/// In groups that cargo may build at the same time: it gives each package the features that any of them
/// asks of a dependency, so these have dependencies that are alike.
pub fn together(filters: &[Filter]) -> Result<Vec<Vec<&Filter>>> {
    let mut groups: Vec<(Option<&serde_json::Value>, Vec<&Filter>)> = Vec::new();
    for filter in filters {
        let dependencies = cargo::dependencies_of(&filter.name)?;
        match groups.iter_mut().find(|(of, _)| *of == dependencies) {
            Some((_, group)) => group.push(filter),
            None => groups.push((dependencies, vec![filter])),
        }
    }
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

/// What a command was given: the name of a filter, or the path of a module.
#[derive(Debug)]
pub enum Subject {
    Filter(Filter),
    Module(PathBuf),
}

impl Subject {
    /// A filter if there is one of that name, a path if it looks like one or is there.
    pub fn parse(argument: &str) -> Result<Self> {
        let all = Filter::all()?;
        if let Some(filter) = all.iter().find(|filter| filter.name == argument) {
            return Ok(Self::Filter(filter.clone()));
        }
        let path = Path::new(argument);
        let looks_like_path = path.extension().is_some_and(|extension| extension == "wasm")
            || path.components().count() > 1;
        if path.is_file() {
            return Ok(Self::Module(std::path::absolute(path)?));
        }
        if looks_like_path {
            return Err(Usage(format!("there is no module at {argument}")).into());
        }
        Filter::find(&all, argument).map(Self::Filter)
    }

    /// What it is called in what a command prints.
    pub fn name(&self) -> OsString {
        match self {
            Self::Filter(filter) => (&filter.name).into(),
            Self::Module(path) => path.file_name().unwrap_or_default().to_owned(),
        }
    }

    /// Its module: of a filter the one that `build-filters` ships.
    pub fn module(&self) -> Result<PathBuf> {
        match self {
            Self::Filter(filter) => filter.module(Variant::Whit),
            Self::Module(path) => Ok(path.clone()),
        }
    }
}

/// Writes a file whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    let said = || format!("cannot write {}", path.display());
    std::fs::create_dir_all(folder).with_context(said)?;
    let part = path.with_extension(format!("part{}", std::process::id()));
    std::fs::write(&part, bytes).with_context(said)?;
    std::fs::rename(&part, path).with_context(said)
}

/// Cargo, building for wasm. Flags of the environment would discard those of .cargo/config.toml.
pub fn cargo_for_wasm(command: &str) -> std::process::Command {
    let mut cargo = cargo::cargo([command, "--target", cargo::TARGET]);
    for variable in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    ] {
        cargo.env_remove(variable);
    }
    cargo
}
