//! Building a filter again when its source changes.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};

use crate::build_filters;
use crate::cargo::{Failed, root};
use crate::filter::Filter;

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(300);

/// Builds a filter whenever its source or the SDK's changes, until a program ends.
pub fn while_running(program: &mut Child, filter: &Filter) -> Result<()> {
    let sources = [
        filter.folder().join("src"),
        filter.folder().join("Cargo.toml"),
        filter.folder().join("build.rs"),
        root().join("sdk/src"),
    ];
    let mut built = newest(&sources);
    loop {
        if let Some(status) = program.try_wait().context("cannot wait for the server")? {
            return Failed::unless_success("the server", status);
        }
        std::thread::sleep(LOOK);
        let now = newest(&sources);
        if now != built {
            built = now;
            if let Err(error) = build_filters::build(std::slice::from_ref(filter)) {
                eprintln!("error: {error:#}: the plugin of before goes on");
            }
        }
    }
}

/// When the newest of these files, or of those in these folders, was written, and how many there are.
fn newest(paths: &[PathBuf]) -> (Option<SystemTime>, usize) {
    let mut found = (None, 0);
    for path in paths {
        visit(path, &mut found);
    }
    found
}

fn visit(path: &Path, found: &mut (Option<SystemTime>, usize)) {
    if let Ok(entries) = path.read_dir() {
        for entry in entries.flatten() {
            visit(&entry.path(), found);
        }
    } else if let Ok(written) = path.metadata().and_then(|metadata| metadata.modified()) {
        *found = (found.0.max(Some(written)), found.1 + 1);
    }
}
