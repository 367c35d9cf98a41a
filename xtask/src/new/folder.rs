//! A folder that is there with all its files, or not at all.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::Usage;

/// What a new folder holds.
pub struct Folder {
    path: PathBuf,
    files: Vec<(&'static str, String)>,
}

impl Folder {
    /// An error if it is there already.
    pub fn new(path: &Path) -> Result<Self> {
        if path.symlink_metadata().is_ok() {
            let path = path.display();
            return Err(Usage(format!(
                "{path} is there already: nothing is written over; choose another name or folder"
            ))
            .into());
        }
        let path =
            std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))?;
        Ok(Self { path, files: Vec::new() })
    }

    /// With this file; folders on the way to it are made.
    pub fn file(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.files.push((name, text.into()));
        self
    }

    /// Writes all of it beside its place, and then moves it there.
    pub fn write(&self) -> Result<()> {
        let name = self.path.file_name().context("a folder has a name")?.to_string_lossy();
        let part = self.path.with_file_name(format!(".{name}.part{}", std::process::id()));
        let written = self.write_to(&part).and_then(|()| {
            std::fs::rename(&part, &self.path)
                .with_context(|| format!("cannot make {}", self.path.display()))
        });
        if written.is_err() {
            // Nothing half-written stays; if even that fails, the first error says more.
            let _ = std::fs::remove_dir_all(&part);
        }
        written
    }

    fn write_to(&self, folder: &Path) -> Result<()> {
        for (name, text) in &self.files {
            let path = folder.join(name);
            let said = || format!("cannot write {}", path.display());
            std::fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(said)?;
            std::fs::write(&path, text).with_context(said)?;
        }
        Ok(())
    }
}
