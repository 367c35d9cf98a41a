//! Envoy, and the runner, which says the same.

use whit_test::check::{Host, Report, Verdict};

use super::{ALLOCATOR, LOG, MARKER, MEMORY, module, says};

#[test]
fn what_boots_is_accepted() {
    let report = Report::of(&module(MEMORY));
    let envoy = report.host(Host::Envoy);
    assert_eq!((envoy.verdict, &envoy.reasons[..]), (Verdict::Accepts, &[][..]));
    assert_eq!(report.host(Host::Runner).verdict, Verdict::Accepts);
    assert_eq!(report.abi.expect("it has a marker").to_string(), "0.2.1");
    assert_eq!((report.pages, report.runs.len()), (Some(1), 0));
}

#[test]
fn envoy_names_the_first_flaw_and_the_report_all_of_them() {
    let fields = r#"
        (import "env" "proxy_lag" (func (param i32 i32 i32) (result i32)))
        (import "env" "proxy_get_configuration" (func (param i32 i32) (result i32)))
        (func (export "proxy_on_log"))"#;
    let envoy = says(&module(&format!("{fields} {MEMORY}")), Host::Envoy);
    assert_eq!(envoy.verdict, Verdict::Refuses);
    assert_eq!(
        envoy.log,
        [
            "Failed to load Wasm module due to a missing import: env.proxy_lag",
            "Wasm VM failed Failed to initialize Wasm code",
        ]
    );
    for (reason, words) in envoy.reasons.iter().zip([
        "did you mean env.proxy_log?",
        "a plugin of ABI 0.2.1, only of 0.1.0",
        "Bad function signature for: proxy_on_log, want: i32 -> void, but the module exports: void -> void",
    ]) {
        assert!(reason.contains(words), "{reason} lacks {words}");
    }
    assert_eq!(envoy.reasons.len(), 3);
}

#[test]
fn what_would_crash_envoy_is_refused_with_a_word_on_that() {
    for (fields, what) in [
        (r#"(import "env" "a" (memory 1)) (import "env" "b" (memory 1))"#, "two memories"),
        (
            r#"(import "env" "a" (table 1 funcref)) (import "env" "b" (table 1 funcref))"#,
            "two tables",
        ),
        (r#"(import "env" "tag" (tag))"#, "a tag"),
    ] {
        let envoy = says(&module(fields), Host::Envoy);
        assert_eq!((envoy.verdict, envoy.log.len()), (Verdict::Refuses, 0), "{what}");
        assert!(envoy.reasons[0].contains(&format!("crashes where a module imports {what}")));
    }
}

/// The notes on a module with these fields, which both Envoy and the runner have.
fn notes(fields: &str) -> Vec<String> {
    let envoy = says(&module(fields), Host::Envoy);
    assert_eq!(envoy.verdict, Verdict::AcceptsWithNotes, "{fields}: {envoy:?}");
    assert_eq!(says(&module(fields), Host::Runner).reasons, envoy.reasons);
    envoy.reasons
}

#[test]
fn what_envoy_never_calls_is_noted() {
    for (fields, note) in [
        (
            r#"(func (export "proxy_on_http_request_headers") (param i32 i32 i32) (result i32) i32.const 0)"#,
            "never calls `proxy_on_http_request_headers`: did you mean `proxy_on_request_headers`?",
        ),
        (
            r#"(func (export "on_log") (param i32))"#,
            "never calls `on_log`: did you mean `proxy_on_log`?",
        ),
        (r#"(func (export "free")) (func (export "main"))"#, "never calls `free`, `main`"),
        (
            r#"(func (export "malloc") (param i32) (result i32) i32.const 0)"#,
            "never calls `proxy_on_memory_allocate`: it calls `malloc` instead",
        ),
        (
            r#"(func (export "_start")) (func (export "_initialize"))"#,
            "never calls `_start`: it calls `_initialize` instead",
        ),
        (
            r#"(func (export "proxy_abi_version_0_3_0"))"#,
            "never calls `proxy_abi_version_0_3_0`: the module is taken for one of `proxy_abi_version_0_2_1`",
        ),
    ] {
        assert_eq!(notes(fields), [note]);
    }
}

#[test]
fn a_callback_of_another_abi_version_is_noted() {
    let foreign = r#"(func (export "proxy_on_foreign_function") (param i32 i32 i32))"#;
    let marker = r#"(func (export "proxy_abi_version_0_1_0"))"#;
    let module = wat::parse_str(format!("(module {marker} {ALLOCATOR} {foreign})"));
    let envoy = says(&module.expect("valid WAT"), Host::Envoy);
    assert_eq!(
        envoy.reasons,
        ["never calls `proxy_on_foreign_function`: it is a callback of ABI 0.2.0 and 0.2.1"]
    );
}

#[test]
fn hostcalls_that_miss_something_are_noted() {
    assert_eq!(notes(LOG), ["crashes when `proxy_log` is called: the module exports no memory"]);
    let tick =
        r#"(import "env" "proxy_set_tick_period_milliseconds" (func (param i32) (result i32)))"#;
    assert_eq!(
        notes(tick),
        [
            "drops what comes of `proxy_set_tick_period_milliseconds`: `proxy_on_tick` is not exported"
        ]
    );
    let answered = format!(r#"{tick} (func (export "proxy_on_tick") (param i32))"#);
    assert_eq!(says(&module(&answered), Host::Envoy).verdict, Verdict::Accepts);
}

#[test]
fn what_has_to_run_is_listed_in_envoys_order() {
    let fields = r#"
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32) i32.const 0)
        (func (export "main") (param i32 i32) (result i32) i32.const 0)
        (func (export "__main_void") (result i32) i32.const 0)
        (func $start (export "_initialize"))
        (start $start)"#;
    let runs = Report::of(&module(fields)).runs;
    assert_eq!(runs, ["start section", "_initialize", "main", "proxy_on_vm_start"]);
}

#[test]
fn a_slip_in_the_allocators_name_is_noted_beside_the_refusal() {
    let allocator = ALLOCATOR.replace("memory_allocate", "memory_alloc");
    let module = wat::parse_str(format!("(module {MARKER} {allocator})")).expect("valid WAT");
    let envoy = says(&module, Host::Envoy);
    assert_eq!(envoy.verdict, Verdict::Refuses);
    assert_eq!(
        envoy.reasons[1],
        "never calls `proxy_on_memory_alloc`: did you mean `proxy_on_memory_allocate`?"
    );
}
