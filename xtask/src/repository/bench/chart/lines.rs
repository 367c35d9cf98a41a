//! Lines from row to row, each row ten times the one before, on an axis of powers of ten.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::mark::{Mark, contenders, legend};
use super::{AXIS, Area, Drawn, GREY, LEGEND, TITLE, WIDTH, decades, text, ticks};
use crate::repository::bench::figures::Group;
use crate::repository::bench::text::tick;

const HEIGHT: u32 = 190;
const LEFT: i32 = 52;
const RIGHT: i32 = 40;

/// A panel for each group, two beside each other, with a legend for each two.
pub fn draw(svg: &mut String, groups: &[Group]) -> Drawn {
    let pairs = groups.chunks(2);
    let height = LEGEND + TITLE + HEIGHT + AXIS;
    let size = (WIDTH, height * pairs.len() as u32);
    let root = SVGBackend::with_string(svg, size).into_drawing_area();
    let all = contenders(groups);
    let mut rest = root.clone();
    for pair in pairs {
        let (area, below) = rest.split_vertically(height);
        let mut contenders = all.clone();
        contenders.retain(|(name, _)| pair.iter().any(|group| group.contenders().contains(name)));
        let (top, panels) = area.split_vertically(LEGEND);
        legend(&top, &contenders)?;
        for (group, area) in pair.iter().zip(panels.split_evenly((1, 2))) {
            panel(&area, group, &contenders)?;
        }
        rest = below;
    }
    root.present()
}

fn panel(area: &Area<'_>, group: &Group, contenders: &[(&str, Mark)]) -> Drawn {
    area.draw_text(&group.title, &text(13, HPos::Left), (8, 14))?;
    let range = decades(group);
    let (low, high) = (range.start.log10(), range.end.log10());
    let y = |value: f64| {
        let part = (value.max(range.start).log10() - low) / (high - low);
        (TITLE + HEIGHT) as i32 - (part * f64::from(HEIGHT)).round() as i32
    };
    let steps = group.rows.len().saturating_sub(1).max(1) as i32;
    let width = area.dim_in_pixel().0 as i32 - LEFT - RIGHT;
    let x = |row: usize| LEFT + width * row as i32 / steps;
    for value in ticks(&range) {
        let line = vec![(LEFT, y(value)), (LEFT + width, y(value))];
        area.draw(&PathElement::new(line, GREY.mix(0.35)))?;
        let number = tick(value, group.unit);
        area.draw_text(&number, &text(12, HPos::Right), (LEFT - 10, y(value)))?;
    }
    for (n, row) in group.rows.iter().enumerate() {
        let below = (TITLE + HEIGHT + 14) as i32;
        area.draw_text(&row.what, &text(12, HPos::Center), (x(n), below))?;
    }
    for (contender, mark) in contenders.iter().rev() {
        let figures = group.rows.iter().enumerate();
        let points = figures.filter_map(|(n, row)| Some((x(n), y(row.of(contender)?.value))));
        let points: Vec<(i32, i32)> = points.collect();
        area.draw(&PathElement::new(points.clone(), mark.colour().stroke_width(2)))?;
        for point in points {
            mark.draw(area, point)?;
        }
    }
    Ok(())
}
