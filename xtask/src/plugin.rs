//! Packages that build a plugin, and what a command is given.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::Usage;
use crate::workspace::Workspace;

/// A package whose library is a plugin on Whit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    pub name: String,
    manifest: PathBuf,
    /// What rustc calls its library.
    library: String,
    /// Where the crate `whit` is, unless it comes from a registry.
    whit: Option<PathBuf>,
    /// Where its modules are written.
    out: PathBuf,
    /// What its manifest says that it depends on.
    #[cfg(feature = "cargo-xtask")]
    pub dependencies: Value,
}

impl Plugin {
    /// A package of `cargo metadata`, if it is a plugin.
    pub fn of(package: &Value, target: &Path) -> Option<Self> {
        let list = |key: &str| package[key].as_array().into_iter().flatten();
        let library = list("targets").find(|target| {
            let kinds = target["kind"].as_array();
            kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"))
        })?;
        let whit = list("dependencies")
            .find(|dependency| dependency["name"] == "whit" && dependency["kind"].is_null())?;
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            manifest: package["manifest_path"].as_str()?.into(),
            library: library["name"].as_str()?.replace('-', "_"),
            whit: whit["path"].as_str().map(Into::into),
            out: target.join("filters"),
            #[cfg(feature = "cargo-xtask")]
            dependencies: package["dependencies"].clone(),
        })
    }

    pub fn manifest(&self) -> &Path {
        &self.manifest
    }

    pub fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(&self.manifest)
    }

    /// The name that rustc gives its library.
    pub fn library(&self) -> &str {
        &self.library
    }

    /// What it is made of: files, and folders with all that is in them.
    pub fn sources(&self) -> Vec<PathBuf> {
        let own = ["src", "Cargo.toml", "build.rs"].map(|name| self.folder().join(name));
        own.into_iter().chain(self.whit.iter().map(|whit| whit.join("src"))).collect()
    }

    /// Its case files: `cases.toml`, and those in the folder `cases`, by name.
    pub fn cases(&self) -> Vec<PathBuf> {
        let entries = self.folder().join("cases").read_dir().into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .collect();
        files.sort_unstable();
        files.insert(0, self.folder().join("cases.toml"));
        files.retain(|path| path.is_file());
        files
    }

    /// Where its module is written, pruned.
    pub fn module(&self) -> PathBuf {
        self.file("wasm")
    }

    /// Where its module is written as plain cargo builds it.
    pub fn plain(&self) -> PathBuf {
        self.file("plain.wasm")
    }

    /// A file beside its module.
    pub fn file(&self, extension: &str) -> PathBuf {
        self.out.join(format!("{}.{extension}", self.name))
    }

    /// The same, whose modules are written to another folder.
    #[cfg(feature = "cargo-xtask")]
    pub fn built_to(self, out: PathBuf) -> Self {
        Self { out, ..self }
    }
}

/// What a command was given: the name of a plugin, or the path of a module.
#[derive(Debug)]
pub enum Subject {
    Plugin(Plugin),
    Module(PathBuf),
}

impl Subject {
    /// A path if it looks like one, and else the name of a plugin.
    pub fn parse(argument: &str) -> Result<Self> {
        let path = Path::new(argument);
        let looks_like_path = path.extension().is_some_and(|extension| extension == "wasm")
            || path.components().count() > 1;
        if !looks_like_path {
            return Ok(Self::Plugin(Workspace::current()?.find(argument)?));
        }
        if path.is_file() {
            return Ok(Self::Module(std::path::absolute(path)?));
        }
        Err(Usage(format!("there is no module at {argument}")).into())
    }

    /// Those that were given, or the plugins that are meant where nothing is given.
    pub fn all(arguments: &[String]) -> Result<Vec<Self>> {
        if arguments.is_empty() {
            let plugins = Workspace::current()?.here()?;
            return Ok(plugins.into_iter().map(Self::Plugin).collect());
        }
        arguments.iter().map(|argument| Self::parse(argument)).collect()
    }

    /// The one that was given, or the only plugin that is meant where none is given.
    pub fn one(argument: Option<&str>) -> Result<Self> {
        let argument: Vec<String> = argument.map(str::to_owned).into_iter().collect();
        let mut subjects = Self::all(&argument)?;
        match (subjects.pop(), &subjects[..]) {
            (Some(subject), []) => Ok(subject),
            (last, others) => {
                let names: Vec<String> = others.iter().chain(&last).map(Self::name).collect();
                Err(Usage(format!("say which plugin: {}", names.join(", "))).into())
            }
        }
    }

    /// What it is called in what a command prints.
    pub fn name(&self) -> String {
        match self {
            Self::Plugin(plugin) => plugin.name.clone(),
            Self::Module(path) => {
                path.file_name().unwrap_or_default().to_string_lossy().into_owned()
            }
        }
    }

    /// Its module: of a plugin the pruned one.
    pub fn module(&self) -> OsString {
        match self {
            Self::Plugin(plugin) => plugin.module().into(),
            Self::Module(path) => path.into(),
        }
    }

    /// Its case files.
    pub fn cases(&self) -> Vec<PathBuf> {
        match self {
            Self::Plugin(plugin) => plugin.cases(),
            Self::Module(_) => Vec::new(),
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
