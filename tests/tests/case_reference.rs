//! The guide's tables of a case file's keys have each key that is read, and no other.

use std::collections::BTreeSet;

use whit_test::case::CaseFile;

const GUIDE: &str = include_str!("../../sdk/guide/testing.md");

/// Each table's heading, and a case with a key there that nobody knows.
const TABLES: [(&str, &str); 12] = [
    ("[[case]]", "unknown = 1"),
    ("request", "request.unknown = 1"),
    ("upstream", "upstream.unknown = 1"),
    ("routes", "routes = [{ unknown = 1 }]"),
    ("stream", "stream = [{ unknown = 1 }]"),
    ("connection", "connection.unknown = 1"),
    ("cluster", "cluster = [{ unknown = 1 }]"),
    ("grpc", "cluster = [{ name = 'a', grpc = [{ unknown = 1 }] }]"),
    ("expect", "expect.unknown = 1"),
    ("expect.upstream", "expect.upstream.unknown = 1"),
    ("expect.calls", "expect.calls = [{ unknown = 1 }]"),
    ("expect.log", "expect.log = [{ unknown = 1 }]"),
];

/// Keys of a case that take one of a few names, and a case with a name that nobody knows.
const NAMES: [(&str, &str); 3] = [
    ("kind", "kind = 'unknown'"),
    ("failure_policy", "failure_policy = 'unknown'"),
    ("differs", "differs = { unknown = 'why' }"),
];

/// What is in backquotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The rows of the table under a heading.
fn rows(heading: &str) -> impl Iterator<Item = &'static str> {
    let (_, after) = GUIDE.split_once(&format!("\n### `{heading}`\n")).expect(heading);
    let section = after.split("\n### ").next().unwrap_or_default();
    section.lines().filter(|line| line.starts_with("| `"))
}

fn keys(row: &'static str) -> BTreeSet<&'static str> {
    quoted(row.split('|').nth(1).unwrap_or_default())
}

/// What the error about such a case says that it expected.
fn error(line: &str) -> String {
    let error = CaseFile::parse(&format!("[[case]]\nname = 'a'\n{line}\n"));
    let error = error.expect_err(line).to_string();
    let (_, expected) = error.split_once(" `unknown`, expected ").expect(&error);
    expected.to_owned()
}

#[test]
fn the_guide_has_each_key_and_no_other() {
    for (heading, line) in TABLES {
        let known: BTreeSet<&str> = rows(heading).flat_map(keys).collect();
        assert_eq!(known, quoted(&error(line)), "{heading}");
    }
}

#[test]
fn the_guide_has_each_name_that_a_key_takes() {
    for (key, line) in NAMES {
        let row = rows("[[case]]").find(|row| keys(row).contains(key)).expect(key);
        let said: BTreeSet<&str> =
            quoted(row).into_iter().map(|name| name.trim_matches('"')).collect();
        let error = error(line);
        let missing: Vec<_> = quoted(&error).difference(&said).copied().collect();
        assert!(missing.is_empty(), "{key}: {missing:?}");
    }
}
