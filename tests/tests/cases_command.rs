//! `whit-cases`, the program behind `cargo xtask foreign` and `cargo whit test`.

mod common;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::envoy::envoy;
use common::{module, target};

const CASES: &str = r#"
[[case]]
name = "passes"
expect.status = 200

[[case]]
name = "fails"
expect.status = 404

[[case]]
name = "fails, excused"
excused = { tiny = "for this test" }
expect.status = 404

[[case]]
name = "is of an older release"
until = "1.0"
expect.status = 404
"#;

const BOTH: [&str; 4] = ["--on", "runner", "--on", "envoy"];

/// The program, with a module and its cases.
fn whit_cases(hosts: &[&str], name: &str, module: &Path, cases: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whit-cases"));
    command.args(hosts).arg("--folder").arg(target().join("envoy"));
    command.arg("--subject").arg(name).arg(module).arg(cases);
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the program runs")
}

fn case_file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

#[test]
fn a_case_that_fails_is_told_of_each_host() {
    if envoy().is_none() {
        return;
    }
    let cases = case_file("two-cases.toml", CASES);
    let output = output(&mut whit_cases(&BOTH, "tiny", &module("filters/tiny.wasm"), &cases));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "runner Envoy  case\n\
         ok     ok     passes: accepted; 200, 12 bytes\n\
         FAILED FAILED fails: accepted; 200, 12 bytes\n\
         -      -      is of an older release\n\
         1 passed, 1 failed, 1 skipped\n"
    );
    let difference = "the status is 200 instead of 404";
    let at = format!("{}:6:1", cases.display());
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "error: {at}: runner: {difference}\nerror: {at}: Envoy: {difference}\nerror: 1 of 2 cases failed\n"
        )
    );
}

#[test]
fn cases_of_no_host_do_not_pass() {
    let cases = case_file("other-releases.toml", "[[case]]\nname = 'a'\nsince = '2.0'\n");
    let output = output(&mut whit_cases(&BOTH[..2], "tiny", &module("filters/tiny.wasm"), &cases));
    assert_eq!(output.status.code(), Some(1));
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(out, "-      a\n0 passed, 0 failed, 1 skipped\n");
    let told = "error: none of 1 cases has run: they are of other releases of Envoy\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), told);
}

#[test]
fn a_module_that_is_refused_can_pass() {
    if envoy().is_none() {
        return;
    }
    let cases = case_file(
        "refused.toml",
        "[[case]]\nname = 'is refused'\nexpect.refused = 'Missing or unknown Proxy-Wasm ABI version'\n",
    );
    let module = Path::new(env!("CARGO_TARGET_TMPDIR")).join("refused.wasm");
    std::fs::write(&module, wat::parse_str("(module)").expect("valid WAT")).expect("a file");
    let output = output(&mut whit_cases(&BOTH, "a", &module, &cases));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed, 0 failed"), "{text}");
}

#[test]
fn modules_are_told_apart_and_need_no_cases() {
    let tiny = module("filters/tiny.wasm");
    let mut command = whit_cases(&BOTH[..2], "a", &tiny, "");
    let output = output(command.arg("--subject").arg("b").arg(&tiny).arg(""));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "ok     a: GET /: accepted; 200, 12 bytes\nok     b: GET /: accepted; 200, 12 bytes\n2 passed, 0 failed\n"
    );
}

#[test]
fn envoy_is_skipped_loudly_where_there_is_none_but_never_in_ci() {
    let hosts = ["--on", "runner", "--on", "envoy-if-there"];
    let said = |ci: &str| {
        let mut command = whit_cases(&hosts, "tiny", &module("filters/tiny.wasm"), "");
        let output = output(command.env("ENVOY", "/nowhere/envoy").env("CI", ci));
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), err)
    };
    let (code, out, err) = said("");
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("ok     GET /") && err.contains("*** SKIPPED"), "{out}{err}");
    let (code, _, err) = said("true");
    assert_eq!(code, Some(1));
    assert!(err.starts_with("error: CI never skips Envoy: ENVOY is set to /nowhere"), "{err}");
}

#[test]
fn a_module_that_envoy_refuses_is_refused_in_one_sentence() {
    if envoy().is_none() {
        return;
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-marker.wasm");
    std::fs::write(&path, wat::parse_str("(module)").expect("valid WAT")).expect("a file");
    let output = output(&mut whit_cases(&["--on", "envoy"], "a", &path, ""));
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    let start =
        format!("error: {}: refused: Missing or unknown Proxy-Wasm ABI version", path.display());
    assert!(error.starts_with(&start) && error.contains("proxy_abi_version_0_2_1"), "{error}");
}
