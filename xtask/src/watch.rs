//! Building a plugin again when its source changes.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::build;
use crate::plugin::Plugin;

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(300);

/// Builds a plugin whenever its source or the SDK's changes, until there is something to return.
pub fn until<T>(plugin: &Plugin, mut end: impl FnMut() -> Option<T>) -> T {
    let sources = plugin.sources();
    let mut built = newest(&sources);
    loop {
        if let Some(ended) = end() {
            return ended;
        }
        std::thread::sleep(LOOK);
        let now = newest(&sources);
        if now != built {
            built = now;
            if let Err(error) = build::build(std::slice::from_ref(plugin)) {
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
