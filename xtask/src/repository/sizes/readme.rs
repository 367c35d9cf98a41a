//! What READMEs show of the sizes: the table, and of a filter its own figures.

use super::{Size, Sizes};
use crate::plugin::Plugin;
use crate::repository::marked::Marked;
use crate::repository::variant::{Variant, root};

/// The places of all READMEs.
pub fn all(sizes: &Sizes, filters: &[Plugin]) -> Vec<Marked> {
    let command = "cargo xtask sizes".to_owned();
    let table = Marked {
        path: root().join("README.md"),
        command: command.clone(),
        shows: format!("{}\n", sizes.table()),
    };
    let of_filters = filters.iter().filter_map(|filter| {
        let path = Some(filter.folder().join("README.md")).filter(|path| path.is_file())?;
        let shows = figures(sizes.0.get(&filter.name)?)?;
        Some(Marked { path, command: command.clone(), shows })
    });
    std::iter::once(table).chain(of_filters).collect()
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
