//! The list of what the probes show, `tests/probes/README.md`. `BLESS=1` writes it.

mod common;

use std::fmt::Write as _;
use std::path::Path;

use common::root;
use whit_test::case::CaseFile;

const HEAD: &str = "\
# What the probes show

A probe is a guest in WAT that exercises one behaviour of a host and tells what it saw in headers, bodies and
log lines. Its cases hold what real Envoy does: they run in Envoy and in the runner, and pass in both
(`cargo xtask test`; in Envoy 1.36 to 1.40: `cargo xtask versions --cases probe`). All that a client, an
upstream or a cluster sees is the same in both, but where a case says otherwise. Modules that Envoy refuses
are in [`tests/refusals.rs`](../tests/refusals.rs), which compares the lines that it logs.

What no client, upstream or log can see of Envoy, and so no case compares:

- that a base VM is initialized and a canary starts, before the VMs that serve: Envoy shows nothing that they
  log. The metrics and the shared data that they leave are seen (`metadata`, `queues`);
- that the host reads the memory that it was given, and never frees it;
- `pthread_equal` and `emscripten_notify_memory_growth`, which have no effect;
- how deep V8's stack goes, to the frame: `endless-callbacks` compares what follows;
- times and randomness, which differ from run to run: cases compare that they are there;
- the order of a map in a property, which Envoy leaves open;
- what Envoy does where it crashes: the runner says that it would.

";

#[test]
fn the_list_of_what_probes_show_is_complete() {
    let folder = root().join("tests/probes");
    let mut text = HEAD.to_owned();
    let mut rows = 0;
    for probe in names(&folder) {
        let (about, cases) = describe(&folder, &probe);
        let _ = write!(text, "## {probe}\n\n{about}\n\n");
        for case in &cases {
            let _ = writeln!(text, "- {case}");
        }
        text.push('\n');
        rows += cases.len();
    }
    let _ = writeln!(text, "{rows} cases.");
    let file = folder.join("README.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &text).expect("written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == text, "tests/probes/README.md is not of these probes: BLESS=1 writes it");
    assert!(rows >= 60);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().expect("the folder of the probes");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "wat"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What its first lines say, and the names of its cases.
fn describe(folder: &Path, probe: &str) -> (String, Vec<String>) {
    let wat = std::fs::read_to_string(folder.join(format!("{probe}.wat"))).expect("a probe");
    let about: Vec<&str> =
        wat.lines().map_while(|line| line.strip_prefix(";;")).map(str::trim).collect();
    assert!(!about.is_empty(), "{probe}.wat says what it does in its first lines");
    let file = CaseFile::read(folder.join(format!("{probe}.toml"))).expect("its cases");
    let cases = file.cases.into_iter().map(|case| {
        let since = case.since.map(|since| format!(" (since Envoy {since})")).unwrap_or_default();
        let until = case.until.map(|until| format!(" (until Envoy {until})")).unwrap_or_default();
        let differs = case.differs.iter();
        let differs: String =
            differs.map(|(part, why)| format!(" (but for {part}: {why})")).collect();
        format!("{}{since}{until}{differs}", case.name)
    });
    (about.join("\n"), cases.collect())
}
