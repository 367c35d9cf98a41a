//! Suites of Google's plugin tester: one is read, or its mistake has a place.

use std::path::Path;

use whit_test::suite::Suite;

pub(super) fn check(bytes: &[u8]) {
    // It may name files that never end.
    if bytes.windows(4).any(|name| name == b"/dev") {
        return;
    }
    match Suite::parse(bytes, Path::new("there is no such folder")) {
        Ok(suite) => suite.notes().iter().for_each(|note| assert_place(note.place.line, bytes)),
        Err(remark) => assert_place(remark.place.line, bytes),
    }
}

fn assert_place(line: usize, bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    assert!((1..=lines).contains(&line), "line {line} of {lines}");
}
