//! Figures as SVG, without a background, in colours that can be read on a light page and on a dark one.

mod dots;
mod lines;
mod mark;

use std::ops::Range;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::figures::Group;
use super::part::Part;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// What drawing gives.
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Half as light as paper, for text and axes.
const GREY: RGBColor = RGBColor(0x7d, 0x85, 0x90);
const WIDTH: u32 = 860;
/// Room for the names of contenders.
const LEGEND: u32 = 36;
/// Room for a title, and for the numbers of an axis.
const TITLE: u32 = 34;
const AXIS: u32 = 26;

/// The chart of a part.
pub fn svg(part: Part, groups: &[Group]) -> Result<String> {
    let shown: Vec<Group> = match part {
        // What else there is of them is in the tables.
        Part::Size | Part::Request => groups.iter().take(1).map(Group::compared).collect(),
        _ => groups.to_vec(),
    };
    let draw = if part == Part::Growth { lines::draw } else { dots::draw };
    let mut svg = String::new();
    draw(&mut svg, &shown)
        .map_err(|error| anyhow!("cannot draw the chart of {}: {error}", part.name()))?;
    Ok(svg)
}

fn text(size: u32, side: HPos) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&GREY).pos(Pos::new(side, VPos::Center))
}

/// The powers of ten between which all figures lie that an axis of them can show.
fn decades(group: &Group) -> Range<f64> {
    let figures = group.rows.iter().flat_map(|row| &row.figures);
    let values = figures.flat_map(|figure| {
        let (low, high) = figure.interval.unwrap_or((figure.value, figure.value));
        [low, figure.value, high]
    });
    let logs = values.filter(|value| *value > 0.0).map(f64::log10);
    let ends = |(low, high): (f64, f64), log: f64| (low.min(log.floor()), high.max(log.ceil()));
    let (low, high) = logs.fold((f64::INFINITY, f64::NEG_INFINITY), ends);
    match low <= high {
        true => 10_f64.powf(low)..10_f64.powf(high.max(low + 1.0)),
        false => 1.0..10.0,
    }
}

/// The powers of ten in a range of such.
fn ticks(range: &Range<f64>) -> impl Iterator<Item = f64> {
    let end = range.end * 1.01;
    std::iter::successors(Some(range.start), |tick| Some(tick * 10.0))
        .take_while(move |tick| *tick < end)
}
