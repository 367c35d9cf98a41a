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
        &["run", "tny"],
        &["check", "tny"],
        &["trace", "tny"],
        &["envoy", "tny", "--check"],
        &["case", "a.toml", "--plugin", "tny"],
    ] {
        let (code, error) = error(args);
        assert_eq!(code, Some(2), "{args:?}");
        let (root, known) = (root().display(), known.join(", "));
        let expected = format!("error: there is no plugin `tny` in {root}, but these: {known}");
        assert_eq!(error, expected);
    }
}

#[test]
fn an_unknown_target_is_answered_with_the_known_ones() {
    let (code, error) = error(&["fuzz", "json", "jsn"]);
    assert_eq!(code, Some(2));
    assert!(
        error.starts_with("error: there is no target `jsn`, but these: base64url, "),
        "{error}"
    );
    assert!(error.contains(", json, "), "{error}");
    let (code, _) = self::error(&["fuzz", "json", "--minutes", "0"]);
    assert_eq!(code, Some(2));
}

#[test]
fn a_path_without_a_module_is_told() {
    for command in [
        &["boot"][..],
        &["check"],
        &["trace"],
        &["envoy"],
        &["run"],
        &["case", "a.toml", "--plugin"],
    ] {
        let (code, error) = error(&[command, &["nowhere/a.wasm"]].concat());
        assert_eq!(
            (code, error.as_str()),
            (Some(2), "error: there is no module at nowhere/a.wasm")
        );
    }
}

#[test]
fn a_foreign_guest_without_what_fetches_its_compiler_says_what_to_install() {
    // Cargo and rustc, and nothing else.
    let cargo = std::env::var_os("CARGO").expect("cargo runs the tests");
    let path = Path::new(&cargo).parent().expect("cargo lies in a folder");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign");
    for (guest, missing) in [
        ("assemblyscript", "there is no npm to fetch AssemblyScript with: install Node.js"),
        ("go", "there is no python3 to fetch Go with: install python3 with venv and pip"),
        ("cpp", "there is no python3 to fetch Zig with: install python3 with venv and pip"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.current_dir(root()).args(["foreign", guest]);
        let output = command.env("PATH", path).env("CARGO_TARGET_DIR", &target).output();
        let output = output.expect("xtask runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(&format!("error: {missing}")), "{text}");
    }
}

#[test]
fn without_network_no_compiler_is_half_there() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("offline");
    for _ in 0..2 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.current_dir(root()).args(["foreign", "go"]).env("CARGO_TARGET_DIR", &target);
        command.env_remove("PIP_FIND_LINKS").env("PIP_NO_INDEX", "1");
        let output = command.output().expect("xtask runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("error: pip could not fetch Go"), "{text}");
        assert!(text.contains("it needs network, once"), "{text}");
    }
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for args in [
        &["bot"][..],
        &["sizes", "--bless", "--check"],
        &["envoy"],
        &["trace"],
        &["trace", "tiny", "--header", "no-value"],
        &["trace", "tiny", "--header", ":value"],
        &["boot", "--fast"],
        &["case"],
        &["case", "nowhere.textpb"],
        &["foreign", "cobol"],
    ] {
        assert_eq!(error(args).0, Some(2), "{args:?}");
    }
}

#[test]
fn a_server_is_a_host_and_a_port() {
    for (args, expected) in [
        (["run", "tiny", "--upstream", "here"], "127.0.0.1:3000"),
        (["run", "tiny", "--upstream", "http://a:1/"], "127.0.0.1:3000"),
        (["run", "tiny", "--cluster", "a:1"], "auth=127.0.0.1:3000"),
        (["run", "tiny", "--listen", "8080"], "--listen <ADDR>"),
        (["run", "tiny", "--config", "nowhere"], "there is no configuration at nowhere"),
    ] {
        let (code, error) = error(&args);
        assert_eq!(code, Some(2), "{args:?}");
        assert!(error.contains(expected), "{error}");
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

#[test]
fn check_exits_as_envoy_would_take_the_module() {
    assert_eq!(error(&["check", "tiny", "add-header", "--json"]), (Some(0), String::new()));
    let file = |name: &str, bytes: &[u8]| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, bytes).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let refused = file("no-marker.wasm", b"\0asm\x01\0\0\0");
    let why = "error: no-marker.wasm: Envoy refuses it";
    assert_eq!(error(&["check", &refused]), (Some(1), why.to_owned()));
    let wat = file("wat.wasm", b"(module)");
    let (code, error) = error(&["check", &refused, &wat]);
    assert_eq!(code, Some(2));
    assert_eq!(
        error,
        format!(
            "error: wat.wasm: {wat} is no Wasm: it does not begin with \\0asm; it may be WAT: assemble it first, with `wat2wasm`\n{why}"
        )
    );
}

#[test]
fn a_benchmark_gives_what_each_contender_took_as_tables_json_and_charts() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    let json = folder.join("figures.json");
    let output = xtask(&[
        "bench",
        "runner",
        "--rounds",
        "2",
        "--json",
        json.to_str().expect("a path"),
        "--charts",
        folder.to_str().expect("a path"),
    ]);
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    let headers: Vec<&str> = text.lines().filter(|line| line.contains("a second")).collect();
    assert_eq!(headers.len(), 2, "{text}");

    let measured = std::fs::read(&json).expect("JSON is written");
    let measured: serde_json::Value = serde_json::from_slice(&measured).expect("JSON");
    let callbacks = &measured["runner"][1];
    assert_eq!(callbacks["unit"], "a-second");
    let rows = callbacks["rows"].as_array().expect("rows");
    let what: Vec<_> = rows.iter().filter_map(|row| row["what"].as_str()).collect();
    let expected =
        ["add-header: 1 callbacks, 1 hostcalls", "http-headers: 3 callbacks, 15 hostcalls"];
    assert_eq!(what, expected);
    for figure in rows.iter().filter_map(|row| row["figures"].as_array()).flatten() {
        let [low, median, high] =
            [&figure["interval"][0], &figure["value"], &figure["interval"][1]]
                .map(|number| number.as_f64().expect("a number"));
        assert!(0.0 < low && low <= median && median <= high, "{figure}");
    }
    let chart = std::fs::read_to_string(folder.join("runner.svg")).expect("a chart is drawn");
    assert!(chart.contains("callbacks a second") && chart.contains("as test-framework"), "{chart}");
    assert_eq!(error(&["bench", "speed"]).0, Some(2));
}
