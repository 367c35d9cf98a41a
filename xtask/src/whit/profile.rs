//! The size profile, which makes the most of a module's size, and which only a workspace itself can have.

use std::path::Path;

use anyhow::{Context as _, Result};
use toml::{Table, Value};

/// As the workspace of this repository has it.
pub const PROFILE: &str = include_str!("../../templates/crate/profile.toml");

/// Says what a workspace's `[profile.release]` lacks.
pub fn advise(root: &Path) -> Result<()> {
    let path = root.join("Cargo.toml");
    let manifest = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let missing = missing(&manifest).with_context(|| format!("cannot read {}", path.display()))?;
    if !missing.is_empty() {
        let path = path.display();
        eprintln!("note: modules get smaller with these lines in {path}:\n\n{missing}");
    }
    Ok(())
}

/// The lines of the profile that a manifest says otherwise or not at all, below their heading.
fn missing(manifest: &str) -> Result<String> {
    let manifest: Table = manifest.parse()?;
    let wanted: Table = PROFILE.parse()?;
    let of = |table: &Table, key: &str| -> Option<Value> {
        table.get("profile")?.get("release")?.get(key).cloned()
    };
    let (heading, lines) = PROFILE.split_once('\n').context("a heading")?;
    let mut missing = String::new();
    for line in lines.lines() {
        let key = line.split(' ').next().unwrap_or_default();
        let has = of(&manifest, key);
        // Cargo takes `true` for "fat", and for "symbols".
        if has != Some(Value::Boolean(true)) && has != of(&wanted, key) {
            missing = format!("{missing}{line}\n");
        }
    }
    Ok(if missing.is_empty() { missing } else { format!("{heading}\n{missing}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_profile_lacks_is_told() {
        assert_eq!(missing("[package]").expect("TOML"), PROFILE);
        assert_eq!(missing(PROFILE).expect("TOML"), "");
        let some =
            "[profile.release]\nopt-level = 3\nlto = true\npanic = 'abort'\nstrip = 'symbols'\n";
        let lines = "[profile.release]\nopt-level = \"z\"\ncodegen-units = 1\n";
        assert_eq!(missing(some).expect("TOML"), lines);
    }

    #[test]
    fn it_is_the_one_of_this_repository() {
        assert_eq!(missing(include_str!("../../../Cargo.toml")).expect("TOML"), "");
    }
}
