//! What the program behind `cargo xtask bench` counts.

mod common;

use std::process::Command;

use common::module;

/// The figures of a contender in a table: of each row what it is about, and the figure.
fn growth(filter: &str, wasm: &str) -> Vec<Vec<(String, f64)>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whit-bench"));
    command.args(["growth", "--streams", "1000", "--kib", "1000", "--subject", filter, "whit"]);
    let output = command.arg(module(wasm)).arg("none").output().expect("the program is built");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let groups: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = |group: &serde_json::Value| -> Vec<(String, f64)> {
        let rows = group["rows"].as_array().expect("rows").iter();
        let figure = |row: &serde_json::Value| {
            let what = row["what"].as_str().expect("a name").to_owned();
            (what, row["figures"][0]["value"].as_f64().expect("a figure"))
        };
        rows.map(figure).collect()
    };
    groups.as_array().expect("tables").iter().map(rows).collect()
}

/// From one row to the last there is no more than so much in a hundred more.
#[track_caller]
fn assert_flat(figures: &[(String, f64)], rows: usize, percent: f64) {
    assert_eq!(figures.len(), rows, "{figures:?}");
    let (_, first) = &figures[0];
    for (what, figure) in figures {
        assert!(*figure <= first * (1.0 + percent / 100.0), "{what}: {figures:?}");
    }
}

#[test]
fn a_stream_costs_the_same_among_a_thousand_that_wait() {
    for (filter, wasm) in
        [("http-auth-random", "filters/http-auth-random.wasm"), ("mixed", "guests/mixed.wasm")]
    {
        let [instructions, pages, _, _] = &growth(filter, wasm)[..] else { panic!("four tables") };
        assert_flat(instructions, 4, 5.0);
        // Of what a thousand keep, a page is the most that comes to that of one.
        assert_flat(pages, 4, 100.0);
    }
}

#[test]
fn a_kib_costs_the_same_in_a_body_of_any_length() {
    for (filter, wasm, pages_more) in
        [("mixed", "guests/mixed.wasm", 0.0), ("redact", "filters/redact.wasm", 100.0)]
    {
        let [_, _, instructions, pages] = &growth(filter, wasm)[..] else { panic!("four tables") };
        assert_flat(instructions, 4, 0.0);
        // A chunk of 64 KiB is a page.
        assert_flat(pages, 4, pages_more);
    }
}
