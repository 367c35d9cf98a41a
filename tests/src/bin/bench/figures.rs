//! What was measured, as the JSON that `cargo xtask bench` reads.

use serde::Serialize;

/// Contenders that are compared in one figure, in several things: a table.
#[derive(Serialize)]
pub(crate) struct Group {
    title: String,
    unit: Unit,
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    /// Bytes of memory.
    Bytes,
    /// What happens in a second.
    ASecond,
    Nanoseconds,
    /// Of instructions, hostcalls, pages: so many.
    Count,
}

/// What contenders are compared in.
#[derive(Serialize)]
struct Row {
    what: String,
    figures: Vec<Figure>,
}

/// What a contender needs.
#[derive(Serialize)]
pub(crate) struct Figure {
    contender: String,
    /// What repeats exactly, or the median of all rounds.
    value: f64,
    /// The interval that holds the true median with 95 % confidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<(f64, f64)>,
}

impl Group {
    pub(crate) fn new(title: impl Into<String>, unit: Unit) -> Self {
        Self { title: title.into(), unit, rows: Vec::new() }
    }

    /// Adds a figure to the row of what was measured.
    pub(crate) fn add(&mut self, what: &str, figure: Figure) {
        match self.rows.iter_mut().find(|row| row.what == what) {
            Some(row) => row.figures.push(figure),
            None => self.rows.push(Row { what: what.to_owned(), figures: vec![figure] }),
        }
    }
}

impl Figure {
    /// What repeats exactly.
    pub(crate) fn exact(contender: &str, value: f64) -> Self {
        Self { contender: contender.to_owned(), value, interval: None }
    }

    /// What each round gave.
    pub(crate) fn of_rounds(contender: &str, mut rounds: Vec<f64>) -> Self {
        rounds.sort_unstable_by(f64::total_cmp);
        let count = rounds.len() as f64;
        // Between two of the sorted values, by the binomial distribution in its normal approximation.
        let half = 0.98 * count.sqrt();
        let at = |place: f64| {
            let last = rounds.len().saturating_sub(1);
            rounds.get((place.max(0.0) as usize).min(last)).copied().unwrap_or(f64::NAN)
        };
        let interval = (at((count / 2.0 - half).floor()), at((count / 2.0 + half).ceil()));
        let value = at(count / 2.0);
        Self { contender: contender.to_owned(), value, interval: Some(interval) }
    }
}
