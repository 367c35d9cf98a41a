//! ngx_wasm_module.

use whit_test::check::{Host, Verdict};

use super::{ALLOCATOR, LOG, MEMORY, module, says};

/// What ngx_wasm_module calls in each life of a plugin.
pub fn for_ngx() -> String {
    let function = |name: &str, params: usize, result: &str| {
        let params = "i32 ".repeat(params);
        let body = if result.is_empty() { "" } else { "(result i32) i32.const 1" };
        format!(r#"(func (export "proxy_{name}") (param {params}) {body})"#)
    };
    [
        ("on_context_create", 2, ""),
        ("on_vm_start", 2, "i32"),
        ("on_configure", 2, "i32"),
        ("on_request_headers", 3, "i32"),
        ("on_request_body", 3, "i32"),
        ("on_response_headers", 3, "i32"),
        ("on_response_body", 3, "i32"),
        ("on_done", 1, "i32"),
        ("on_log", 1, ""),
        ("on_delete", 1, ""),
    ]
    .map(|(name, params, result)| function(name, params, result))
    .join("\n")
}

#[test]
fn ngx_wasm_module_accepts_what_exports_all_that_it_calls() {
    let ngx = says(&module(&format!("{LOG} {MEMORY} {}", for_ngx())), Host::NgxWasmModule);
    assert_eq!((ngx.verdict, &ngx.reasons[..]), (Verdict::Accepts, &[][..]));
}

#[test]
fn ngx_wasm_module_crashes_on_callbacks_that_are_not_there() {
    let fields = format!("{MEMORY} {}", for_ngx()).replace("proxy_on_log", "proxy_on_tick");
    let ngx = says(&module(&fields), Host::NgxWasmModule);
    assert_eq!(ngx.verdict, Verdict::Crashes);
    assert!(ngx.reasons[0].ends_with("not exported: `proxy_on_log`"), "{ngx:?}");

    let call = format!(
        r#"(import "env" "proxy_http_call" (func (param{}) (result i32))) {MEMORY} {}"#,
        " i32".repeat(10),
        for_ngx()
    );
    let ngx = says(&module(&call), Host::NgxWasmModule);
    assert_eq!(ngx.verdict, Verdict::Crashes);
    assert_eq!(
        ngx.reasons,
        [
            "crashes when it answers `proxy_http_call`: `proxy_on_http_call_response` is not exported"
        ]
    );
}

#[test]
fn ngx_wasm_module_refuses() {
    let ngx = for_ngx();
    for (fields, reason) in [
        (
            "".to_owned(),
            "insists on `proxy_on_context_create`, `proxy_on_vm_start`, `proxy_on_configure`",
        ),
        (
            format!(
                r#"(import "env" "proxy_get_header_map_size" (func (param i32 i32) (result i32))) {ngx}"#
            ),
            "does not offer `env.proxy_get_header_map_size`",
        ),
        (
            format!(
                r#"(import "env" "proxy_get_log_level" (func (param i32) (result i32))) {ngx}"#
            ),
            "offers `env.proxy_get_log_level` as i32 i32 -> i32, and the module imports i32 -> i32",
        ),
        (
            format!(r#"(import "wasi_unstable" "sched_yield" (func (result i32))) {ngx}"#),
            "does not offer `wasi_unstable.sched_yield`",
        ),
        (
            format!(r#"(import "env" "memory" (memory 1)) {ngx}"#),
            "lets functions be imported only, not `env.memory`",
        ),
    ] {
        let ngx = says(&module(&fields), Host::NgxWasmModule);
        assert_eq!((ngx.verdict, &ngx.reasons[0][..]), (Verdict::Refuses, reason));
    }
    let nothing = says(&wat::parse_str("(module)").expect("valid WAT"), Host::NgxWasmModule);
    assert_eq!(nothing.verdict, Verdict::Refuses);
    assert!(nothing.reasons[0].contains("unknown ABI version"), "{nothing:?}");
    assert!(nothing.reasons[1].contains("no malloc"), "{nothing:?}");
    assert_eq!(says(b"\0asm\x01\0\0\0\x07", Host::NgxWasmModule).verdict, Verdict::Refuses);
}

#[test]
fn ngx_wasm_module_takes_a_marker_of_any_kind_and_no_type_amiss() {
    let global = r#"(global (export "proxy_abi_version_0_2_0") i32 (i32.const 0))"#;
    let mistyped = for_ngx()
        .replace("(func (export \"proxy_on_log\") (param i32 )", "(func (export \"proxy_on_log\")");
    let fields = format!("(module {global} {ALLOCATOR} {MEMORY} {mistyped})");
    let module = wat::parse_str(fields).expect("valid WAT");
    let ngx = says(&module, Host::NgxWasmModule);
    assert_eq!(ngx.verdict, Verdict::Crashes);
    assert_eq!(
        ngx.reasons[0],
        "calls `proxy_on_log` as i32 -> void, whatever its type, which is void -> void"
    );
    assert_eq!(says(&module, Host::Envoy).verdict, Verdict::Refuses);
}

#[test]
fn ngx_wasm_module_has_notes() {
    let fields = format!(
        r#"(import "env" "proxy_done" (func (result i32)))
        (import "env" "proxy_set_effective_context" (func (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_sync" (func (param i32) (result i32)))
        {MEMORY} (data (i32.const 0) "x")
        (func (export "_start")) (func (export "_initialize"))
        (func (export "proxy_on_grpc_close") (param i32 i32 i32))
        (func (export "proxy_on_response_trailers") (param i32 i32) (result i32) i32.const 0)
        {}"#,
        for_ngx()
    );
    let ngx = says(&module(&fields), Host::NgxWasmModule);
    assert_eq!(ngx.verdict, Verdict::AcceptsWithNotes);
    assert_eq!(
        ngx.reasons,
        [
            "offers `wasi_snapshot_preview1.fd_sync` only where NGINX was built with Wasmtime or Wasmer, not with V8",
            "ends the plugin when it calls `proxy_done`: not yet implemented there",
            "answers OK to `proxy_set_effective_context`, and does nothing",
            "crashes if `_start` makes a hostcall: there is no context yet",
            "takes address 0 for null, and data lies there: a hostcall that gets this address traps",
            "never calls `_initialize`: it calls `_start` instead",
            "never calls `proxy_on_grpc_close`, `proxy_on_response_trailers`",
        ]
    );
}
