//! `cargo xtask trace`: what it prints, and what it cannot be asked for.

use std::path::Path;
use std::process::{Command, Output};

fn xtask(args: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.current_dir(root).args(args).output().expect("xtask runs")
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
        (&["http-auth-random", "--case", "nought"], "error: there is no case `nought` of"),
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
        let output = xtask(&[&["trace"], args].concat());
        let errors = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
        assert!(errors.contains(why), "{args:?}: {errors}");
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
