//! The marks of contenders, which differ in form as well as in colour.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{Area, Drawn, GREY, text};
use crate::repository::bench::figures::{Group, label};

/// How far a mark reaches from its middle.
const REACH: f64 = 6.0;
/// The corners of each form, as parts of a turn and of that: of a disc none, of a square, of triangles that stand
/// and that hang, of a diamond and of a star; and of
/// nothing again a disc.
const FORMS: [&[(f64, f64)]; 7] = [
    &[],
    &[(0.125, 1.6), (0.375, 1.6), (0.625, 1.6), (0.875, 1.6)],
    &[(0.75, 1.1), (0.083, 1.1), (0.417, 1.1)],
    &[(0.25, 1.1), (0.583, 1.1), (0.917, 1.1)],
    &[(0.0, 0.9), (0.25, 1.2), (0.5, 0.9), (0.75, 1.2)],
    &[
        (0.0, 1.2),
        (0.125, 0.4),
        (0.25, 1.2),
        (0.375, 0.4),
        (0.5, 1.2),
        (0.625, 0.4),
        (0.75, 1.2),
        (0.875, 0.4),
    ],
    &[],
];
/// Orange, green, blue, cyan, purple, yellow and grey, all neither light nor dark.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0xe8, 0x59, 0x0c),
    RGBColor(0x2f, 0x9e, 0x44),
    RGBColor(0x1c, 0x7e, 0xd6),
    RGBColor(0x15, 0xaa, 0xbf),
    RGBColor(0xae, 0x3e, 0xc9),
    RGBColor(0xc9, 0x8b, 0x00),
    GREY,
];

/// What a contender looks like: one that is known always the same, others by their place.
#[derive(Clone, Copy)]
pub struct Mark(usize);

impl Mark {
    pub fn of(contender: &str, place: usize) -> Self {
        let known = ["whit", "hand", "official", "official-tuned", "lua", "native", "nothing"];
        Self(known.iter().position(|known| *known == contender).unwrap_or(place) % FORMS.len())
    }

    pub fn colour(self) -> RGBColor {
        COLOURS[self.0]
    }

    pub fn draw(self, area: &Area<'_>, (x, y): (i32, i32)) -> Drawn {
        let corners = FORMS[self.0].iter().map(|(turn, far)| {
            let (sin, cos) = (turn * std::f64::consts::TAU).sin_cos();
            let place = |part: f64| (part * far * REACH).round() as i32;
            (x + place(cos), y + place(sin))
        });
        let (corners, style) = (corners.collect::<Vec<_>>(), self.colour().filled());
        if corners.is_empty() {
            return area.draw(&Circle::new((x, y), REACH - 1.0, style));
        }
        area.draw(&Polygon::new(corners, style))
    }
}

/// Who stands in a chart, each with its mark.
pub fn contenders(groups: &[Group]) -> Vec<(&str, Mark)> {
    let mut contenders: Vec<(&str, Mark)> = Vec::new();
    for contender in groups.iter().flat_map(Group::contenders) {
        if contenders.iter().all(|(known, _)| *known != contender) {
            contenders.push((contender, Mark::of(contender, contenders.len())));
        }
    }
    contenders
}

/// Whose marks are which.
pub fn legend(area: &Area<'_>, contenders: &[(&str, Mark)]) -> Drawn {
    let mut x = 16;
    for (contender, mark) in contenders {
        mark.draw(area, (x, 16))?;
        area.draw_text(label(contender), &text(13, HPos::Left), (x + 12, 17))?;
        x += 36 + 7 * label(contender).chars().count() as i32;
    }
    Ok(())
}
