//! Case files: one is read or its mistake has a place, and what one says can be run.

use std::sync::LazyLock;

use whit_test::Vm;
use whit_test::case::{Case, CaseFile};

use crate::built;

static MIXED: LazyLock<Vm> =
    LazyLock::new(|| Vm::load(built::path("guests/mixed")).expect("a module"));

/// What somebody can wait for.
const MOST_TICKS: u32 = 10;
const MOST_MILLISECONDS: u32 = 10_000;

pub(super) fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match CaseFile::parse(text) {
        Ok(file) => {
            assert_eq!(file.cases.len(), file.places.len());
            file.cases.into_iter().take(2).for_each(run);
        }
        Err(error) => {
            let place = error.span().expect("a mistake has a place");
            assert!(place.end <= text.len(), "{error}");
        }
    }
}

fn run(mut case: Case) {
    case.ticks = case.ticks.min(MOST_TICKS);
    for stream in &mut case.streams {
        stream.waits = stream.waits.min(MOST_MILLISECONDS);
    }
    let (observed, _) = MIXED.observe(&case);
    // What comes of it, somebody wants to know.
    let _ = case.check(&observed);
}
