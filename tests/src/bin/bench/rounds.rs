//! Contenders side by side: each once a round, in turn, so that what else the machine does hits all.

use std::time::Instant;

use super::figures::{Figure, Group};

/// Who does what.
pub(crate) struct Contender<'a> {
    what: String,
    name: String,
    /// What a round's nanoseconds are as a figure.
    figure: Box<dyn Fn(f64) -> f64 + 'a>,
    run: Box<dyn FnMut() + 'a>,
    rounds: Vec<f64>,
}

impl<'a> Contender<'a> {
    pub(crate) fn new(
        what: impl Into<String>,
        name: impl Into<String>,
        figure: impl Fn(f64) -> f64 + 'a,
        run: impl FnMut() + 'a,
    ) -> Self {
        let (figure, run) = (Box::new(figure), Box::new(run));
        Self { what: what.into(), name: name.into(), figure, run, rounds: Vec::new() }
    }
}

/// Runs all of them, after a round that does not count.
pub(crate) fn run(mut group: Group, mut contenders: Vec<Contender<'_>>, rounds: usize) -> Group {
    for round in 0..=rounds {
        for contender in &mut contenders {
            let began = Instant::now();
            (contender.run)();
            let took = began.elapsed().as_nanos() as f64;
            if round > 0 {
                contender.rounds.push((contender.figure)(took));
            }
        }
    }
    for Contender { what, name, rounds, .. } in contenders {
        group.add(&what, Figure::of_rounds(&name, rounds));
    }
    group
}
