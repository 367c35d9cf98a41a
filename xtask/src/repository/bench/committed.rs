//! The committed figures of a part, its chart, and its place in README.md.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::figures::Group;
use super::{Part, chart, text};
use crate::plugin::write;
use crate::repository::marked::Marked;
use crate::repository::sizes;
use crate::repository::variant::root;

/// Where they are, from the repository's root.
const FOLDER: &str = "tests/figures";

fn path(part: Part, extension: &str) -> PathBuf {
    root().join(FOLDER).join(format!("{}.{extension}", part.name()))
}

/// The committed figures; none if the part was never blessed.
pub fn read(part: Part) -> Result<Vec<Group>> {
    if part == Part::Size {
        return Ok(vec![Group::of_sizes(&sizes::committed()?)]);
    }
    let path = path(part, "json");
    match std::fs::read(&path) {
        Ok(json) => {
            serde_json::from_slice(&json).with_context(|| format!("{}: no figures", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Commits them; sizes are those of `cargo xtask sizes`.
pub fn write_figures(part: Part, groups: &[Group]) -> Result<()> {
    if part == Part::Size {
        return Ok(());
    }
    write(&path(part, "json"), format!("{}\n", serde_json::to_string_pretty(groups)?).as_bytes())
}

/// Draws the chart of what is committed, and shows it in README.md.
pub fn redraw(part: Part) -> Result<()> {
    let groups = read(part)?;
    if !groups.is_empty() {
        write(&path(part, "svg"), chart::svg(part, &groups)?.as_bytes())?;
    }
    readme(part, &groups).bless()
}

/// A line for the chart and for README.md, if either shows something else than what is committed.
pub fn changes(part: Part) -> Result<Vec<String>> {
    let groups = read(part)?;
    let path = path(part, "svg");
    let mut changes = Vec::new();
    if !groups.is_empty() {
        let drawn = std::fs::read_to_string(&path).unwrap_or_default();
        if drawn != chart::svg(part, &groups)? {
            changes.push(format!("{FOLDER}/{}.svg shows other figures", part.name()));
        }
    }
    changes.extend(readme(part, &groups).change()?);
    Ok(changes)
}

/// What README.md shows: the chart, then the tables, of which those that are less asked for are folded.
fn readme(part: Part, groups: &[Group]) -> Marked {
    let name = part.name();
    let mut shows = String::new();
    if let Some(first) = groups.first() {
        let chart = Path::new(FOLDER).join(format!("{name}.svg"));
        shows += &format!("![{}]({})\n", first.title, chart.display());
    }
    let (open, folded) = groups.split_at(part.tables().min(groups.len()));
    for group in open {
        shows += &format!("\n{}\n", text::table(&part.shown(group)));
    }
    if part != Part::Size && !folded.is_empty() {
        shows += "\n<details><summary>More figures</summary>\n";
        for group in folded {
            shows += &format!("\n{}\n", text::table(&part.shown(group)));
        }
        shows += "\n</details>\n";
    }
    let command = format!("cargo xtask bench {name}");
    Marked { path: root().join("README.md"), command, shows }
}
