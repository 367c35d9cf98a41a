//! `whit-cases`, the program behind `cargo xtask foreign`.

mod common;

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
"#;

fn whit_cases(name: &str, module: &Path, cases: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whit-cases"));
    command.arg("--folder").arg(target().join("envoy"));
    command.arg("--subject").arg(name).arg(module).arg(cases);
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
    let output = whit_cases("tiny", &module("filters/tiny.wasm"), &cases);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "runner  Envoy   case\nok      ok      tiny: passes\nFAILED  FAILED  tiny: fails\n1 passed, 1 failed\n"
    );
    let difference = "the status is 200 instead of 404";
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "error: tiny: fails: runner: {difference}\nerror: tiny: fails: Envoy: {difference}\nerror: 1 cases failed\n"
        )
    );
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
    let output = whit_cases("a", &module, &cases);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed, 0 failed"), "{text}");
}
