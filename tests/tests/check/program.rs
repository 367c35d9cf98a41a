//! `whit-check`: what it prints, and its exit codes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::ngx::for_ngx;
use super::{LOG, MEMORY, module};

fn whit_check(args: &[&str], modules: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whit-check"));
    for (name, path) in modules {
        command.arg("--subject").arg(name).arg(path);
    }
    command.args(args).output().expect("the program runs")
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

#[test]
fn the_program_prints_verdicts_reasons_and_bytes() {
    let fields = format!(
        r#"{LOG} {MEMORY}
        (func (export "proxy_on_http_log") (param i32))
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32) i32.const 1)"#
    );
    let path = file("text.wasm", &module(&fields));
    let output = whit_check(&[], &[("text", &path)]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "\
text: 191 bytes, ABI 0.2.1, a memory of 1 page

| host            | verdict             |
|-----------------|---------------------|
| Envoy           | accepts, with notes |
| whit-test       | accepts, with notes |
| ngx_wasm_module | refuses             |

- Envoy, whit-test, ngx_wasm_module: never calls `proxy_on_http_log`: did you mean `proxy_on_log`?
- ngx_wasm_module: insists on `proxy_on_context_create`, `proxy_on_configure`
- ngx_wasm_module: crashes at the first request that leads it to what is not exported: \
`proxy_on_request_headers`, `proxy_on_request_body`, `proxy_on_response_headers`, \
`proxy_on_response_body`, `proxy_on_done`, `proxy_on_log`, `proxy_on_delete`

Envoy first runs proxy_on_vm_start; the command `boot` shows what comes of it.

| section  | part                                | bytes |  share |
|----------|-------------------------------------|-------|--------|
| export   | function proxy_on_memory_allocate   |    27 | 14.1 % |
| export   | function proxy_abi_version_0_2_1    |    26 | 13.6 % |
| export   | function proxy_on_http_log          |    20 | 10.5 % |
| export   | function proxy_on_vm_start          |    20 | 10.5 % |
| header   | of the sections                     |    18 |  9.4 % |
| import   | env.proxy_log                       |    16 |  8.4 % |
| export   | memory memory                       |     9 |  4.7 % |
| header   | of the file                         |     8 |  4.2 % |
| type     | type 0: i32 i32 i32 -> i32          |     7 |  3.7 % |
| type     | type 2: i32 i32 -> i32              |     6 |  3.1 % |
| type     | type 4: i32 -> i32                  |     5 |  2.6 % |
| code     | function 2 proxy_on_vm_start        |     5 |  2.6 % |
| code     | function 4 proxy_on_memory_allocate |     5 |  2.6 % |
| type     | type 1: i32 -> void                 |     4 |  2.1 % |
| function | types of 4 functions                |     4 |  2.1 % |
| type     | type 3: void -> void                |     3 |  1.6 % |
| code     | function 1 proxy_on_http_log        |     3 |  1.6 % |
| code     | function 3 proxy_abi_version_0_2_1  |     3 |  1.6 % |
| memory   | memory 0                            |     2 |  1.0 % |

By section: export 102, header 26, type 25, code 16, import 16, function 4, memory 2.

"
    );
}

#[test]
fn the_exit_code_is_of_the_worst_module() {
    let accepted = file("accepted.wasm", &module(""));
    let refused = file("refused.wasm", &wat::parse_str("(module)").expect("valid WAT"));
    let wat = file("text.wat", b"(module)");
    let codes = |paths: &[&Path]| {
        let modules: Vec<(&str, &Path)> = paths.iter().map(|path| ("name", *path)).collect();
        whit_check(&[], &modules).status.code()
    };
    assert_eq!(codes(&[&accepted, &accepted]), Some(0));
    assert_eq!(codes(&[&accepted, &refused]), Some(1));
    assert_eq!(codes(&[&refused, &wat]), Some(2));
    assert_eq!(codes(&[Path::new("/nowhere/a.wasm")]), Some(2));

    let output = whit_check(&[], &[("text.wat", &wat), ("accepted", &accepted)]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.starts_with("error: text.wat: "), "{error}");
    assert!(error.contains("is no Wasm") && error.contains("wat2wasm"), "{error}");
    let others = String::from_utf8_lossy(&output.stdout);
    assert!(others.starts_with("accepted: "), "the others are checked: {others}");
}

#[test]
fn twenty_parts_are_shown_unless_all_are() {
    let path = file("parts.wasm", &module(&format!("{LOG} {MEMORY} {}", for_ngx())));
    let rows = |args: &[&str]| {
        let output = whit_check(args, &[("parts", &path)]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (_, table) = text.split_once("share |").expect("the table of parts");
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        table.lines().filter(|line| line.contains(" %")).map(words).collect::<Vec<String>>()
    };
    let (shown, all) = (rows(&[]), rows(&["--all"]));
    assert_eq!(shown.len(), 21);
    assert_eq!(shown[..20], all[..20]);
    assert!(shown[20].contains(&format!("{} more: --all", all.len() - 20)), "{}", shown[20]);
}

#[test]
fn json_holds_every_report() {
    let accepted = file("json.wasm", &module(MEMORY));
    let output = whit_check(&["--json"], &[("one", &accepted), ("two", &accepted)]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let [one, two] = json.as_array().expect("a list").as_slice() else { panic!("{json}") };
    assert_eq!((&one["module"], &two["module"]), (&"one".into(), &"two".into()));
    let mut keys: Vec<&String> = one.as_object().expect("an object").keys().collect();
    keys.sort();
    assert_eq!(keys, ["abi", "bytes", "hosts", "module", "pages", "parts", "runs"]);
    assert_eq!(
        (&one["abi"], &one["hosts"][2]["host"]),
        (&"0.2.1".into(), &"ngx_wasm_module".into())
    );
}
