//! What READMEs show of the sizes, each between two comments: the table, and of a filter its own figures.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{Size, Sizes};
use crate::plugin::{Plugin, write};
use crate::repository::variant::{Variant, root};

const BEGINS: &str = "<!-- cargo xtask sizes -->\n";
const ENDS: &str = "<!-- /cargo xtask sizes -->";

/// A README, and what it should show.
struct Readme {
    path: PathBuf,
    shows: String,
}

impl Readme {
    fn all(sizes: &Sizes, filters: &[Plugin]) -> Vec<Self> {
        let table = Self { path: root().join("README.md"), shows: format!("{}\n", sizes.table()) };
        let of_filters = filters.iter().filter_map(|filter| {
            let path = Some(filter.folder().join("README.md")).filter(|path| path.is_file())?;
            Some(Self { path, shows: figures(sizes.0.get(&filter.name)?)? })
        });
        std::iter::once(table).chain(of_filters).collect()
    }

    fn text(&self) -> Result<(String, String)> {
        let text = std::fs::read_to_string(&self.path)
            .with_context(|| format!("cannot read {}", self.path.display()))?;
        let parts = text
            .split_once(BEGINS)
            .and_then(|(before, rest)| rest.split_once(ENDS).map(|(_, after)| (before, after)));
        let (before, after) = parts.with_context(|| {
            format!("{} has no place for sizes: {BEGINS}{ENDS}", self.path.display())
        })?;
        let now = format!("{before}{BEGINS}{}{ENDS}{after}", self.shows);
        Ok((text, now))
    }
}

/// Writes the figures into all of them.
pub fn bless(sizes: &Sizes, filters: &[Plugin]) -> Result<()> {
    for readme in Readme::all(sizes, filters) {
        let (before, now) = readme.text()?;
        if before != now {
            write(&readme.path, now.as_bytes())?;
        }
    }
    Ok(())
}

/// A line for each that shows other figures.
pub fn changes(sizes: &Sizes, filters: &[Plugin]) -> Result<Vec<String>> {
    let mut changes = Vec::new();
    for readme in Readme::all(sizes, filters) {
        let (before, now) = readme.text()?;
        if before != now {
            let path = readme.path.strip_prefix(root()).unwrap_or(&readme.path);
            changes.push(format!("{} shows other figures", path.display()));
        }
    }
    Ok(changes)
}

/// What a filter weighs and takes, beside the official crate where it has that.
fn figures(row: &[(Variant, Size)]) -> Option<String> {
    let of = |variant| row.iter().find(|(found, _)| *found == variant).map(|(_, size)| *size);
    let line = |what: &str, size: Size| {
        let first = size.first.map_or("—".to_owned(), |first| first.to_string());
        format!("| {what} | {} | {} | {first} |\n", size.bytes, size.gzip)
    };
    let mut table =
        "|  | bytes | gzip | instructions of the first case |\n|---|---|---|---|\n".to_owned();
    table += &line("Whit", of(Variant::Whit)?);
    for (what, variant) in
        [("official, as shipped", Variant::Official), ("official, tuned", Variant::OfficialTuned)]
    {
        if let Some(size) = of(variant) {
            table += &line(what, size);
        }
    }
    Some(table)
}
