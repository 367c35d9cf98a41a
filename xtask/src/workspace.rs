//! The workspace that the caller is in, as cargo sees it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::plugin::Plugin;
use crate::{Usage, cargo};

/// The workspace that the caller is in; a package by itself is one.
#[derive(Debug)]
pub struct Workspace {
    /// The folder of its `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder, which the environment or a configuration may have moved.
    pub target: PathBuf,
    /// By name.
    plugins: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    plugin: Plugin,
    /// Whether cargo means it where nobody names a package.
    default: bool,
}

impl Workspace {
    /// The one that the current folder is in.
    pub fn current() -> Result<&'static Self> {
        static CURRENT: OnceLock<Workspace> = OnceLock::new();
        if let Some(workspace) = CURRENT.get() {
            return Ok(workspace);
        }
        let workspace = Self::from(&cargo::metadata(&["--no-deps"])?)?;
        Ok(CURRENT.get_or_init(|| workspace))
    }

    fn from(metadata: &Value) -> Result<Self> {
        let path = |key: &str| -> Result<PathBuf> {
            let path = metadata[key].as_str();
            Ok(path.with_context(|| format!("`cargo metadata` names no {key}"))?.into())
        };
        let target = path("target_directory")?;
        let defaults = metadata["workspace_default_members"].as_array();
        let mut plugins = Vec::new();
        for package in metadata["packages"].as_array().into_iter().flatten() {
            if let Some(plugin) = Plugin::of(package, &target) {
                let default = defaults.is_none_or(|ids| ids.contains(&package["id"]));
                plugins.push(Member { plugin, default });
            }
        }
        plugins.sort_unstable_by(|a, b| a.plugin.name.cmp(&b.plugin.name));
        Ok(Self { root: path("workspace_root")?, target, plugins })
    }

    /// Every plugin, by name.
    pub fn all(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins.iter().map(|member| &member.plugin)
    }

    /// The plugins that cargo means where nobody names a package; if it means none, all of them.
    pub fn plugins(&self) -> Vec<Plugin> {
        let defaults = self.plugins.iter().filter(|member| member.default);
        let defaults: Vec<Plugin> = defaults.map(|member| member.plugin.clone()).collect();
        if defaults.is_empty() { self.all().cloned().collect() } else { defaults }
    }

    /// The plugin whose folder the caller is in, or else those of the workspace.
    pub fn here(&self) -> Result<Vec<Plugin>> {
        let folder = std::env::current_dir().context("there is no current folder")?;
        let around = self.all().filter(|plugin| folder.starts_with(plugin.folder()));
        if let Some(plugin) = around.max_by_key(|plugin| plugin.folder().components().count()) {
            return Ok(vec![plugin.clone()]);
        }
        let plugins = self.plugins();
        if plugins.is_empty() {
            let what = "a package with `crate-type = [\"cdylib\"]` that depends on `whit`";
            return Err(
                Usage(format!("there is no plugin in {}: {what}", self.root.display())).into()
            );
        }
        Ok(plugins)
    }

    /// The plugins of these names; without a name those that are meant here.
    pub fn named(&self, names: &[String]) -> Result<Vec<Plugin>> {
        if names.is_empty() {
            return self.here();
        }
        names.iter().map(|name| self.find(name)).collect()
    }

    /// The plugin of this name.
    pub fn find(&self, name: &str) -> Result<Plugin> {
        self.all().find(|plugin| plugin.name == name).cloned().ok_or_else(|| {
            let known: Vec<String> = self.plugins().into_iter().map(|plugin| plugin.name).collect();
            let (root, known) = (self.root.display(), known.join(", "));
            Usage(format!("there is no plugin `{name}` in {root}, but these: {known}")).into()
        })
    }
}

/// Where Envoy is fetched to, and configurations for it are written: in the target folder, also where there
/// is no workspace.
pub fn envoy_folder() -> PathBuf {
    Workspace::current()
        .map_or_else(|_| Path::new("target"), |workspace| &workspace.target)
        .join("envoy")
}
