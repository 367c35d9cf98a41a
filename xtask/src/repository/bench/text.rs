//! Figures as Markdown.

use comfy_table::{CellAlignment, Table};

use super::figures::{Figure, Group, Row, Unit, label};

/// Who is divided by whom, where both are there.
const RATIOS: [(&str, &str); 2] = [("whit", "hand"), ("whit", "official")];

/// A group as a table.
pub fn table(group: &Group) -> Table {
    let contenders = group.contenders();
    let mut ratios = RATIOS.to_vec();
    ratios.retain(|(over, under)| contenders.contains(over) && contenders.contains(under));
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    let mut header = vec![group.title.clone()];
    header.extend(contenders.iter().map(|contender| label(contender).to_owned()));
    header.extend(ratios.iter().map(|(over, under)| format!("{} ÷ {}", label(over), label(under))));
    table.set_header(header);
    for row in &group.rows {
        let mut cells = vec![row.what.clone()];
        cells.extend(contenders.iter().map(|contender| {
            row.of(contender).map_or("—".to_owned(), |figure| cell(figure, group.unit))
        }));
        cells.extend(ratios.iter().map(|(over, under)| ratio(row, over, under)));
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn cell(figure: &Figure, unit: Unit) -> String {
    let (scale, suffix) = scale(figure.value, unit);
    let text = number(figure.value / scale);
    match figure.interval {
        None => format!("{text}{suffix}"),
        Some((low, high)) => {
            format!("{text}{suffix} ({} – {})", number(low / scale), number(high / scale))
        }
    }
}

fn ratio(row: &Row, over: &str, under: &str) -> String {
    match (row.of(over), row.of(under)) {
        (Some(over), Some(under)) if under.value != 0.0 => {
            let ratio = over.value / under.value;
            if 0.0 < ratio && ratio < 0.1 { format!("{ratio:.4}") } else { format!("{ratio:.2}") }
        }
        _ => "—".to_owned(),
    }
}

/// What a figure is divided by to be shown, and what it is called then.
fn scale(value: f64, unit: Unit) -> (f64, &'static str) {
    match unit {
        Unit::Count | Unit::ASecond => (1.0, ""),
        Unit::Bytes if value < 1e6 => (1e3, " kB"),
        Unit::Bytes => (1e6, " MB"),
        Unit::Nanoseconds if value < 1e6 => (1e3, " µs"),
        Unit::Nanoseconds if value < 1e9 => (1e6, " ms"),
        Unit::Nanoseconds => (1e9, " s"),
    }
}

/// A power of ten on an axis.
pub fn tick(value: f64, unit: Unit) -> String {
    let (scale, suffix) = scale(value, unit);
    let value = value / scale;
    let (value, thousands) = match value {
        value if value >= 1e6 => (value / 1e6, "M"),
        value if value >= 1e3 => (value / 1e3, "k"),
        value => (value, ""),
    };
    format!("{}{thousands}{suffix}", (value * 1e3).round() / 1e3)
}

/// Three digits at least, and no decimals of what is whole.
fn number(value: f64) -> String {
    match value.abs() {
        _ if value.fract() == 0.0 => format!("{value:.0}"),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_in_units_that_suit_them() {
        let shown = |value, interval, unit| {
            cell(&Figure { contender: String::new(), value, interval }, unit)
        };
        assert_eq!(
            shown(2049.6, Some((1999.0, 12_000.0)), Unit::Nanoseconds),
            "2.05 µs (2.00 – 12)"
        );
        assert_eq!(shown(1.5e9, None, Unit::Nanoseconds), "1.50 s");
        assert_eq!(shown(204.0, None, Unit::Count), "204");
        assert_eq!(shown(1275.72, None, Unit::Count), "1276");
        assert_eq!(shown(512_000.0, None, Unit::Bytes), "512 kB");
        assert_eq!(tick(1e4, Unit::Count), "10k");
        assert_eq!(tick(1e4, Unit::Nanoseconds), "10 µs");
    }

    #[test]
    fn whit_is_divided_by_who_is_there() {
        let figure = |contender: &str, value| Figure {
            contender: contender.to_owned(),
            value,
            interval: None,
        };
        let rows = vec![
            Row { what: "a".to_owned(), figures: vec![figure("whit", 5.0), figure("hand", 4.0)] },
            Row { what: "b".to_owned(), figures: vec![figure("whit", 0.0)] },
        ];
        let group = Group { title: "of".to_owned(), unit: Unit::Count, rows };
        let text = table(&group).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "| of | Whit | hand WAT | Whit ÷ hand WAT |");
        assert_eq!(lines[2], "| a  |    5 |        4 |            1.25 |");
        assert_eq!(lines[3], "| b  |    0 |        — |               — |");
    }
}
