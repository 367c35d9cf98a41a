//! `whit-case`, the program behind `cargo xtask case`: what it prints, and its exit codes.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use common::{module, root};

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs it in the repository's root.
fn case(args: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whit-case"));
    let output = command.current_dir(root()).args(args).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn filter(name: &str) -> String {
    module(&format!("filters/{name}.wasm")).display().to_string()
}

/// A file with this text, and its path.
fn file(name: &str, text: &str) -> (PathBuf, String) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("case");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    let shown = path.display().to_string();
    (path, shown)
}

#[test]
fn a_suite_that_holds_is_a_success_with_its_notes() {
    let path = "tests/suites/http-headers.textpb";
    let said = case(&[path, "--plugin", &filter("http-headers")]);
    assert_eq!(said.code, Some(0));
    assert_eq!(
        said.out,
        "ok     headers, in whatever form\nok     answers a path itself\n\
         ok     heads of HTTP/1, from files\n3 passed, 0 failed\n"
    );
    let note = "`benchmark` counts for nothing: nothing is measured here";
    assert_eq!(said.err, format!("note: {path}:4:3: {note}\n"));
}

#[test]
fn what_does_not_hold_is_a_failure_with_its_place() {
    let (_, path) = file(
        "fails.textpb",
        "test { name: 'a'\n response_headers { result { no_header { key: 'x-hello' } } } }\n\
         test { name: 'b' }\n",
    );
    let said = case(&[&path, "--plugin", &filter("add-header")]);
    assert_eq!(said.code, Some(1));
    assert_eq!(said.out, "FAILED a\nok     b\n1 passed, 1 failed\n");
    let what = "expected no header \"x-hello\", found one with \"world\"";
    assert_eq!(said.err, format!("error: {path}:2:30: {what}\nerror: 1 of 2 tests failed\n"));
}

#[test]
fn a_suite_names_its_module_and_its_configuration_and_the_command_line_wins() {
    let (_, plugin) = file("plugin.data", "other");
    let config = "tests/suites/http-config.textpb";
    let module = filter("http-config");
    assert_eq!(case(&[config, "--plugin", &module]).code, Some(0));
    let said = case(&[config, "--plugin", &module, "--config", &plugin]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("with \"hello there\", found \"other\""), "{}", said.err);

    let (_, path) =
        file("named.textpb", &format!("env {{ wasm_path: '{module}' }}\ntest {{ name: 'a' }}"));
    assert_eq!(case(&[&path]).out, "ok     a\n1 passed, 0 failed\n");
}

#[test]
fn a_log_file_gets_what_is_logged() {
    let (log, shown) = file("log.data", "before\n");
    let (_, path) = file(
        "log.textpb",
        &format!(
            "env {{ log_path: '{shown}' }} test {{ name: 'a' response_headers {{
             input {{ header {{ key: 'b' value: 'c' }} }} }} }}"
        ),
    );
    assert_eq!(case(&[&path, "--plugin", &filter("http-headers")]).code, Some(0));
    let log = std::fs::read_to_string(log).expect("a file");
    assert_eq!(log, "before\n--- Starting test: a ---\n#2 <- b: c\n--- Finished test: a ---\n");
}

#[test]
fn cases_run_as_well() {
    let said = case(&["filters/http-config/cases.toml", "--plugin", &filter("http-config")]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.starts_with("ok     adds its configuration: accepted; 200, 12 bytes\n"));

    let (_, path) = file(
        "fails.toml",
        "[[case]]\nname = 'a'\n\n[[case]]\nname = 'b'\nexpect = { status = 201, body = 'c' }\n",
    );
    let said = case(&[&path, "--plugin", &filter("tiny")]);
    assert_eq!(said.code, Some(1));
    assert_eq!(
        said.out,
        "ok     a: accepted; 200, 12 bytes\nFAILED b: accepted; 200, 12 bytes\n1 passed, 1 failed\n"
    );
    assert_eq!(
        said.err,
        format!(
            "error: {path}:4:1: the status is 200 instead of 201\n\
             error: {path}:4:1: the response's body is \"hello world\\n\" instead of \"c\"\n\
             error: 1 of 2 cases failed\n"
        )
    );
}

#[test]
fn a_module_that_is_refused_is_a_failure() {
    let (_, module) = file("text.wasm", "this is no Wasm at all");
    let said = case(&["tests/suites/add-header.textpb", "--plugin", &module]);
    assert_eq!(said.code, Some(1));
    let start = format!("error: {module}: refused: Failed to parse corrupted Wasm module");
    assert!(said.err.starts_with(&start), "{}", said.err);
}

#[test]
fn what_cannot_be_read_or_is_asked_wrongly_is_told_with_exit_code_2() {
    let tiny = filter("tiny");
    let (_, wrong) = file("wrong.textpb", "test { nam: 'a' }");
    let (_, toml) = file("wrong.toml", "[[case]]\nname = 1\n");
    let (_, plain) = file("plain.textpb", "test {}");
    let (_, unlogged) = file("unlogged.textpb", "env { log_path: '/nowhere/a' } test {}");
    let missing = "No such file or directory (os error 2)";
    for (args, error) in [
        (
            &[wrong.as_str()][..],
            format!("{wrong}:1:8: `Test` has no field `nam`: `Test` has name,"),
        ),
        (&[&toml, "--plugin", &tiny], format!("{toml}: TOML parse error at line 2, column 8")),
        (&["nowhere.textpb"], format!("cannot read nowhere.textpb: {missing}")),
        (&["nowhere.toml", "--plugin", &tiny], format!("cannot read nowhere.toml: {missing}")),
        (&[&plain, "--plugin", "nowhere.wasm"], format!("cannot read nowhere.wasm: {missing}")),
        (&[&plain, "--plugin", &tiny, "--config", "no"], format!("cannot read no: {missing}")),
        (&[&unlogged, "--plugin", &tiny], format!("cannot write /nowhere/a: {missing}")),
        (&["a.yaml"], "a.yaml is neither a case file (.toml) nor a suite (.textpb)".to_owned()),
        (&[&plain], "say which plugin the suite is about: --plugin, or its".to_owned()),
        (&[&toml], "say which plugin the cases are about: --plugin".to_owned()),
        (&[&toml, "--config", "a"], "--config is for suites".to_owned()),
        (&[], "the following required arguments were not provided".to_owned()),
    ] {
        let said = case(args);
        assert_eq!(said.code, Some(2), "{args:?}: {}", said.err);
        assert!(said.err.starts_with(&format!("error: {error}")), "{args:?}: {}", said.err);
    }
}

#[test]
fn a_case_file_that_cannot_be_read_is_told_with_exit_code_2_by_every_command() {
    let (_, wrong) = file("wrong.toml", "[[case]]\nname = 1\n");
    let tiny = filter("tiny");
    for cases in [wrong.as_str(), "/nowhere.toml"] {
        for (program, args) in [
            (env!("CARGO_BIN_EXE_whit-trace"), vec!["a", &tiny, "--cases", cases]),
            (env!("CARGO_BIN_EXE_whit-boot"), vec!["--subject", "a", &tiny, cases]),
            (
                env!("CARGO_BIN_EXE_whit-envoy"),
                vec![
                    "a",
                    &tiny,
                    "--cases",
                    cases,
                    "--folder",
                    "/nowhere",
                    "--listener-port",
                    "1",
                    "--admin-port",
                    "2",
                ],
            ),
        ] {
            let output = Command::new(program).args(args).output().expect("the program runs");
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(told.starts_with("error: ") && told.contains(cases), "{program}: {told}");
            assert_eq!(output.status.code(), Some(2), "{program}: {told}");
        }
    }
}

#[test]
fn without_a_reader_every_command_ends_quietly() {
    let tiny = filter("tiny");
    let (_, cases) = file("one.toml", "[[case]]\nname = 'a'\n");
    for (program, args) in [
        (env!("CARGO_BIN_EXE_whit-check"), vec!["--subject", "a", &tiny]),
        (env!("CARGO_BIN_EXE_whit-case"), vec![&cases, "--plugin", &tiny]),
        (env!("CARGO_BIN_EXE_whit-trace"), vec!["a", &tiny]),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(program);
        let child = command.args(args).stdout(writer).stderr(Stdio::piped()).spawn();
        let output = child.and_then(Child::wait_with_output).expect("the program runs");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{program}");
        assert_eq!(output.status.code(), Some(0), "{program}");
    }
}
