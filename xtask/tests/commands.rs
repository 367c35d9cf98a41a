//! Bad input on the command line: what, where, what to do, and the exit code.

use std::path::Path;
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

fn xtask(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.current_dir(root()).args(args).output().expect("xtask runs")
}

/// The exit code and the lines that begin with "error".
fn error(args: &[&str]) -> (Option<i32>, String) {
    let output = xtask(args);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains("panicked") && !text.contains("RUST_BACKTRACE"), "{text}");
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("error")).collect();
    (output.status.code(), errors.join("\n"))
}

#[test]
fn an_unknown_filter_is_answered_with_the_known_ones() {
    let mut known: Vec<String> = root()
        .join("filters")
        .read_dir()
        .expect("the folder of the filters")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    known.sort_unstable();
    assert!(known.iter().any(|name| name == "tiny"));
    for args in [
        &["build-filters", "tny"][..],
        &["boot", "tny"],
        &["trace", "tny"],
        &["envoy", "tny", "--check"],
    ] {
        let (code, error) = error(args);
        assert_eq!(code, Some(2), "{args:?}");
        let expected = format!("error: there is no filter `tny` in filters/: {}", known.join(", "));
        assert_eq!(error, expected);
    }
}

#[test]
fn a_path_without_a_module_is_told() {
    for command in ["boot", "trace", "envoy"] {
        let (code, error) = error(&[command, "nowhere/a.wasm"]);
        assert_eq!(
            (code, error.as_str()),
            (Some(2), "error: there is no module at nowhere/a.wasm")
        );
    }
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for args in [
        &["bot"][..],
        &["sizes", "--bless", "--check"],
        &["envoy"],
        &["boot", "--fast"],
        &["trace"],
        &["trace", "tiny", "--header", "no-value"],
        &["trace", "tiny", "--header", ":value"],
    ] {
        assert_eq!(error(args).0, Some(2), "{args:?}");
    }
}

#[test]
fn a_file_that_is_no_module_is_refused_in_one_sentence() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("text.wasm");
    std::fs::write(&file, "this is no Wasm at all").expect("a file");
    let (code, error) = error(&["boot", file.to_str().expect("a path")]);
    assert_eq!(code, Some(1));
    assert_eq!(
        error,
        "error: text.wasm: refused: Failed to parse corrupted Wasm module; Failed to load Wasm code (the file is no Wasm: it does not begin with \\0asm)"
    );
}

#[test]
fn a_refusal_is_a_success_where_it_is_expected_and_a_failure_elsewhere() {
    assert_eq!(error(&["boot", "vm-start-refuse"]), (Some(0), String::new()));
    // The same module without its cases.
    let module = xtask(&["build-filters", "vm-start-refuse"]);
    assert!(module.status.success());
    let target =
        Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("target/tmp lies in target");
    let path = target.join("filters/vm-start-refuse.wasm");
    let (code, error) = error(&["boot", path.to_str().expect("a path")]);
    assert_eq!(code, Some(1));
    assert_eq!(
        error,
        "error: vm-start-refuse.wasm: refused: Failed to start base Wasm (proxy_on_vm_start returned 0)"
    );
}

/// What the command prints.
fn printed(args: &[&str]) -> String {
    let output = xtask(args);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{args:?}: {text}");
    text
}

#[test]
fn a_trace_shows_each_call_and_what_came_of_the_case() {
    assert_eq!(
        printed(&["trace", "add-header", "--path", "/x"]),
        "#2 proxy_on_response_headers(num_headers: 3, end_of_stream: false) -> CONTINUE\n  \
           proxy_add_header_map_value(map_id: HTTP_RESPONSE_HEADERS, key: \"x-hello\", value: \"world\") -> OK\n\
         \nadds its header to a response: accepted; 200, 12 bytes\n"
    );
}

#[test]
fn what_a_trace_is_asked_for_changes_its_case() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("configuration");
    std::fs::write(&file, "-configured").expect("a file");
    let file = file.to_str().expect("a path");
    let trace = printed(&["trace", "http-config", "--config", file, "--header", "x-a: -1"]);
    assert!(trace.contains("-> OK \"-configured\""), "{trace}");
    let body = format!("@{file}");
    let case = "an odd byte forbids it";
    let trace =
        printed(&["trace", "http-auth-random", "--case", case, "--method", "PUT", "--body", &body]);
    assert!(trace.starts_with("#2 proxy_on_request_headers(num_headers: 7, end_of_stream: false)"));
    assert!(trace.ends_with("\nan odd byte forbids it: accepted; 403, 18 bytes\n"), "{trace}");
}

#[test]
fn what_a_trace_cannot_be_asked_for_is_a_usage_error() {
    for (args, why) in [
        (&["tiny", "--config", "/nowhere"][..], "error: there is no file at /nowhere"),
        (&["tiny", "--body", "@nowhere"], "error: there is no file at nowhere"),
        (&["http-auth-random", "--case", "no"], "`no` is in the names of several cases of"),
        (&["http-auth-random", "--case", "nought"], "error: there is no case `nought` in"),
        (
            &["http-auth-random", "--case", "after an even one", "--path", "/"],
            "has several requests, so there is none to change: choose another with --case",
        ),
        (
            &["hello-world", "--method", "GET"],
            "has no request, so there is none to change: choose another with --case",
        ),
        (
            &["http-auth-random", "--case", "either can forbid", "--config", "Cargo.toml"],
            "is about several plugins, so --config cannot say what their configurations are",
        ),
    ] {
        let (code, error) = error(&[&["trace"], args].concat());
        assert_eq!(code, Some(2), "{args:?}: {error}");
        assert!(error.contains(why), "{args:?}: {error}");
    }
}

/// The trace is of the VM that refuses.
#[test]
fn a_refusal_is_traced_and_a_failure() {
    let output = xtask(&["trace", "vm-start-refuse"]);
    assert_eq!(output.status.code(), Some(1));
    let trace = String::from_utf8(output.stdout).expect("text");
    assert_eq!(trace, "#1 proxy_on_vm_start(vm_configuration_size: 0) -> false\n");
    let errors = String::from_utf8(output.stderr).expect("text");
    let last = errors.lines().last();
    let why =
        "error: vm-start-refuse: refused: Failed to start base Wasm (proxy_on_vm_start returned 0)";
    assert_eq!(last, Some(why));
}
