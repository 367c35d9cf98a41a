//! What was measured, as the program prints it and as it is committed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Contenders that are compared in one figure, in several things: a table.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Group {
    pub title: String,
    pub unit: Unit,
    pub rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bytes of memory.
    Bytes,
    /// What happens in a second.
    ASecond,
    Nanoseconds,
    /// Of instructions, hostcalls, pages: so many.
    Count,
}

/// What contenders are compared in.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Row {
    pub what: String,
    pub figures: Vec<Figure>,
}

/// What a contender needs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Figure {
    pub contender: String,
    /// What repeats exactly, or the median of all rounds.
    pub value: f64,
    /// The interval that holds the true median with 95 % confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
}

impl Row {
    pub fn of(&self, contender: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.contender == contender)
    }

    /// In a line.
    pub fn text(&self) -> String {
        let figures = self.figures.iter();
        let texts = figures.map(|Figure { contender, value, .. }| format!("{contender} {value}"));
        texts.collect::<Vec<_>>().join(", ")
    }
}

impl Group {
    /// The contenders, in the order in which they first occur.
    pub fn contenders(&self) -> Vec<&str> {
        let mut contenders = Vec::new();
        for figure in self.rows.iter().flat_map(|row| &row.figures) {
            if !contenders.contains(&figure.contender.as_str()) {
                contenders.push(&figure.contender);
            }
        }
        contenders
    }

    /// Without what has no other contender.
    pub fn compared(&self) -> Self {
        let mut group = self.clone();
        group.rows.retain(|row| row.figures.len() > 1);
        group
    }

    /// The bytes in `filters/sizes.json`.
    pub fn of_sizes(sizes: &Value) -> Self {
        let rows = sizes.as_object().into_iter().flatten().map(|(filter, variants)| {
            let variants = variants.as_object().into_iter().flatten();
            let shown = variants.filter(|(variant, _)| *variant != "plain");
            let figures = shown.filter_map(|(variant, size)| {
                let value = size["bytes"].as_f64()?;
                Some(Figure { contender: variant.clone(), value, interval: None })
            });
            Row { what: filter.clone(), figures: figures.collect() }
        });
        let title = "bytes of a module".to_owned();
        Self { title, unit: Unit::Count, rows: rows.collect() }
    }
}

/// What a contender is called for people.
pub fn label(contender: &str) -> &str {
    match contender {
        "whit" => "Whit",
        "hand" => "hand WAT",
        "official" => "official",
        "official-tuned" => "official, tuned",
        "lua" => "Lua",
        "native" => "header_mutation",
        other => other,
    }
}
