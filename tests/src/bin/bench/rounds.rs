//! Contenders side by side: each once a round, in turn, so that what else the machine does hits all.

use std::time::{Duration, Instant};

/// What took how long.
pub(crate) struct Contender<'a> {
    pub(crate) name: String,
    run: Box<dyn FnMut() + 'a>,
    took: Vec<Duration>,
}

impl<'a> Contender<'a> {
    pub(crate) fn new(name: impl Into<String>, run: impl FnMut() + 'a) -> Self {
        Self { name: name.into(), run: Box::new(run), took: Vec::new() }
    }

    /// Of all rounds, how long it took in the one that so many in a hundred were shorter than.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let at = (self.took.len() * percent / 100).min(self.took.len().saturating_sub(1));
        self.took.get(at).copied().unwrap_or_default()
    }
}

/// Runs all of them, after a round that does not count.
pub(crate) fn run(contenders: &mut [Contender<'_>], rounds: usize) {
    for round in 0..=rounds {
        for contender in contenders.iter_mut() {
            let began = Instant::now();
            (contender.run)();
            let took = began.elapsed();
            if round > 0 {
                contender.took.push(took);
            }
        }
    }
    for contender in contenders {
        contender.took.sort_unstable();
    }
}
