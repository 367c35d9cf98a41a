//! Rows with a mark for each contender, on an axis of powers of ten, and a whisker for its confidence.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::mark::{Mark, contenders, legend};
use super::{AXIS, Area, Drawn, GREY, LEGEND, TITLE, WIDTH, decades, text, ticks};
use crate::repository::bench::figures::Group;
use crate::repository::bench::text::tick;

const ROW: u32 = 24;
/// Room for what rows are about.
const LABELS: u32 = 270;
/// Room for half a number at the axis's end.
const RIGHT: u32 = 30;

/// A panel for each group, one below the other.
pub fn draw(svg: &mut String, groups: &[Group]) -> Drawn {
    let rows = |group: &Group| ROW * group.rows.len() as u32;
    let height = groups.iter().map(|group| TITLE + rows(group) + AXIS).sum::<u32>();
    let root = SVGBackend::with_string(svg, (WIDTH, LEGEND + height)).into_drawing_area();
    let contenders = contenders(groups);
    legend(&root, &contenders)?;
    let mut top = LEGEND;
    for group in groups {
        panel(&root, top, group, &contenders)?;
        top += TITLE + rows(group) + AXIS;
    }
    root.present()
}

fn panel(root: &Area<'_>, top: u32, group: &Group, contenders: &[(&str, Mark)]) -> Drawn {
    let bottom = top + TITLE + ROW * group.rows.len() as u32;
    let (first, top, bottom) = (top as i32 + 14, (top + TITLE) as i32, bottom as i32);
    root.draw_text(&group.title, &text(15, HPos::Left), (8, first))?;
    let range = decades(group);
    let (low, high) = (range.start.log10(), range.end.log10());
    let width = f64::from(WIDTH - LABELS - RIGHT);
    let x = |value: f64| {
        let part = (value.max(range.start).log10() - low) / (high - low);
        LABELS as i32 + (part * width).round() as i32
    };
    for value in ticks(&range) {
        let line = vec![(x(value), top), (x(value), bottom)];
        root.draw(&PathElement::new(line, GREY.mix(0.35)))?;
        let number = tick(value, group.unit);
        root.draw_text(&number, &text(12, HPos::Center), (x(value), bottom + 12))?;
    }
    for (n, row) in group.rows.iter().enumerate() {
        let y = top + (ROW * n as u32 + ROW / 2) as i32;
        root.draw_text(&row.what, &text(13, HPos::Right), (LABELS as i32 - 14, y))?;
        let line = vec![(x(range.start), y), (x(range.end), y)];
        root.draw(&PathElement::new(line, GREY.mix(0.2)))?;
        // Whoever comes first is on top.
        for (contender, mark) in contenders.iter().rev() {
            let Some(figure) = row.of(contender).filter(|figure| figure.value > 0.0) else {
                continue;
            };
            if let Some((low, high)) = figure.interval {
                let whisker = vec![(x(low), y), (x(high), y)];
                root.draw(&PathElement::new(whisker, mark.colour().stroke_width(3)))?;
            }
            mark.draw(root, (x(figure.value), y))?;
        }
    }
    Ok(())
}
