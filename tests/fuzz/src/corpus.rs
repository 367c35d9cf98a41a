//! Inputs that are kept: `corpus/TARGET`.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of a target's corpus.
pub fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The inputs of a target, in the order of their names, with these.
///
/// # Errors
/// They cannot be read.
pub fn read(target: &str) -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let entries = fs::read_dir(folder(target))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    paths.into_iter().map(|path| fs::read(&path).map(|bytes| (path, bytes))).collect()
}
