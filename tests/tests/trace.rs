//! What a trace shows.

mod common;

use std::time::Duration;

use common::{module, root};
use whit_test::trace::{Trace, Value};
use whit_test::{Answer, End, Error, FailurePolicy, Plugin, Request, Vm};

fn traced(wat: &str) -> Result<Plugin, Error> {
    Vm::new(&wat::parse_str(wat).expect("valid WAT"))?.plugin().traced().start()
}

/// A module with these fields, a memory and an allocator that gives the second half of its page.
fn start(fields: &str) -> Plugin {
    let wat = format!(
        r#"(module {fields}
            (memory (export "memory") 1)
            (func (export "proxy_abi_version_0_2_1"))
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 32768))"#
    );
    traced(&wat).expect("it starts")
}

fn get(plugin: &Plugin) -> String {
    plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    plugin.take_trace().to_string()
}

#[test]
fn a_trap_is_the_end_of_its_callback_and_not_of_the_trace() {
    let plugin = start(
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $log (i32.const 2) (i32.const 0) (i32.const 0)))
            unreachable)"#,
    );
    let trace = "#2 proxy_on_request_headers(num_headers: 6, end_of_stream: true) failed: Uncaught RuntimeError: unreachable\n  \
                   proxy_log(log_level: INFO, message: \"\") -> OK\n";
    assert_eq!(get(&plugin), trace);
}

#[test]
fn a_hostcall_that_stops_the_guest_says_why() {
    let plugin = start(
        r#"(import "env" "envoy_resolve_dns" (func $resolve (param i32 i32 i32) (result i32)))
        (data (i32.const 0) "a.test")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (call $resolve (i32.const 0) (i32.const 6) (i32.const 8)))"#,
    );
    let why = "this runner does not offer envoy_resolve_dns";
    let trace = format!(
        "#2 proxy_on_request_headers(num_headers: 6, end_of_stream: true) failed: {why}\n  \
           envoy_resolve_dns(address: \"a.test\") stopped: {why}\n"
    );
    assert_eq!(get(&plugin), trace);
}

#[test]
fn an_endless_callback_and_one_that_is_too_deep_are_there() {
    let plugin = start(
        r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (loop $for_ever (br $for_ever)) unreachable)"#,
    );
    let stopped = "failed: stopped after 1000000000 instructions\n";
    assert!(get(&plugin).ends_with(stopped));
    let wat = std::fs::read_to_string(root().join("tests/probes/endless-callbacks.wat"));
    let plugin = traced(&wat.expect("a probe")).expect("it starts");
    let trace = get(&plugin);
    let deep = "failed: Uncaught RangeError: Maximum call stack size exceeded\n";
    assert!(trace.ends_with(deep), "{trace}");
}

/// What a guest says of its memory is shown, and neither believed nor fatal.
#[test]
fn lies_are_shown_as_such() {
    let plugin = start(
        r#"(import "env" "proxy_get_property" (func $get (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_set_header_map_pairs" (func $set (param i32 i32 i32) (result i32)))
        (import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
        (data (i32.const 0) "no map")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $get (i32.const -2) (i32.const 5) (i32.const 16) (i32.const 20)))
            (drop (call $set (i32.const 0) (i32.const 0) (i32.const 6)))
            (drop (call $set (i32.const 9) (i32.const 65535) (i32.const 2)))
            (drop (call $time (i32.const 65529)))
            i32.const 0)"#,
    );
    let trace = "#2 proxy_on_request_headers(num_headers: 6, end_of_stream: true) -> CONTINUE\n  \
                   proxy_get_property(path: (5 bytes at 0xfffffffe, outside the memory)) -> INVALID_MEMORY_ACCESS\n  \
                   proxy_set_header_map_pairs(map_id: HTTP_REQUEST_HEADERS, pairs: \"no map\" (no map)) -> OK\n  \
                   proxy_set_header_map_pairs(map_id: 9, pairs: (2 bytes at 0xffff, outside the memory)) -> BAD_ARGUMENT\n  \
                   proxy_get_current_time_nanoseconds() -> INVALID_MEMORY_ACCESS\n";
    assert_eq!(get(&plugin), trace);
}

#[test]
fn an_allocator_that_lies_is_shown_within_the_hostcall() {
    for (allocator, result, status) in [
        ("i32.const 0", " -> 0x0", "INVALID_MEMORY_ACCESS"),
        ("i32.const 65534", " -> (5 bytes at 0xfffe, outside the memory)", "INVALID_MEMORY_ACCESS"),
        ("i32.const 64", " -> 0x…", "OK \"hello\""),
        ("unreachable", " failed: Uncaught RuntimeError: unreachable", "INVALID_MEMORY_ACCESS"),
    ] {
        let wat = format!(
            r#"(module
                (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "proxy_abi_version_0_2_1"))
                (func (export "malloc") (param i32) (result i32) {allocator})
                (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
                    (drop (call $get (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 4)))
                    i32.const 0))"#
        );
        let plugin = traced(&wat).expect("it starts");
        let mut http = plugin.http();
        http.request_headers([(":path", "/")], End::No);
        http.request_body("hello", End::No);
        let trace = plugin.take_trace().to_string();
        let call = format!(
            "  proxy_get_buffer_bytes(buffer_id: HTTP_REQUEST_BODY, start: 0, max_size: 4294967295) -> {status}\n    \
                malloc(size: 5){result}\n"
        );
        assert!(trace.ends_with(&call), "{trace}");
    }
}

/// Start functions are no callbacks, and yet call the host; so does WASI's `fd_write`.
#[test]
fn start_functions_and_wasi_are_there() {
    let plugin = start(
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (data (i32.const 0) "\10\00\00\00\03\00\00\00\13\00\00\00\02\00\00\00one, ")
        (start $begin)
        (func $begin (drop (call $yield)))
        (func (export "_initialize")
            (drop (call $log (i32.const 0) (i32.const 16) (i32.const 3)))
            (drop (call $write (i32.const 2) (i32.const 0) (i32.const 2) (i32.const 32)))
            (drop (call $clock (i32.const 1) (i64.const 5) (i32.const 40)))
            (drop (call $random (i32.const 48) (i32.const 2))))
        (func (export "main") (param i32 i32) (result i32) i32.const 7)"#,
    );
    let trace = "(start)()\n  \
                   sched_yield() -> SUCCESS\n\
                 _initialize()\n  \
                   proxy_log(log_level: TRACE, message: \"one\") -> OK\n  \
                   fd_write(fd: STDERR, iovs: \"one, \") -> SUCCESS 5\n  \
                   clock_time_get(id: MONOTONIC, precision: 5) -> SUCCESS 1767225600000000000\n  \
                   random_get() -> SUCCESS \"\\xaf\\xcd\"\n\
                 main(argc: 0, argv: 0x0) -> 7\n";
    assert_eq!(plugin.take_trace().to_string(), trace);
}

#[test]
fn a_refusal_has_the_trace_of_the_vm_that_refused() {
    let refused = |vm: Result<Vm, Error>| match vm.and_then(|vm| vm.plugin().traced().start()) {
        Err(Error::Refused(refusal)) => refusal.trace().map(ToString::to_string),
        other => panic!("{other:?}"),
    };
    let refuses = "#1 proxy_on_vm_start(vm_configuration_size: 0) -> false\n";
    assert_eq!(refused(Vm::load(module("filters/vm-start-refuse.wasm"))).as_deref(), Some(refuses));

    let wat = |wat: &str| Vm::new(&wat::parse_str(wat).expect("valid WAT"));
    let start = r#"(module
        (func (export "proxy_abi_version_0_2_0"))
        (func (export "malloc") (param i32) (result i32) i32.const 0)
        (func (export "_start") unreachable))"#;
    let failed = "_start() failed: Uncaught RuntimeError: unreachable\n";
    assert_eq!(refused(wat(start)).as_deref(), Some(failed));
    assert_eq!(refused(wat("(module)")), None, "there is no VM");
}

#[test]
fn the_structure_holds_all_that_the_text_shortens() {
    let plugin = start(
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $log (i32.const 1) (i32.const 0) (i32.const 1000)))
            (drop (call $log (i32.const 9) (i32.const 0) (i32.const 0)))
            i32.const 1)"#,
    );
    let mut http = plugin.http();
    http.request_headers([(":path", "/")], End::Yes);
    let trace = plugin.take_trace();
    let [callback] = &trace.callbacks[..] else { panic!("{trace}") };
    assert_eq!((callback.context_id, callback.name), (2, "proxy_on_request_headers"));
    assert_eq!(callback.arg("num_headers"), Some(&Value::Number(1)));
    assert_eq!(callback.result, Ok(Some(Value::Named { number: 1, name: "PAUSE" })));
    let [long, wrong] = &callback.hostcalls[..] else { panic!("{trace}") };
    assert_eq!(long.arg("message"), Some(&Value::Bytes(vec![0; 1000])));
    assert_eq!((long.status(), wrong.status()), (Some(0), Some(2)));
    assert!(trace.to_string().contains("\" (1000 bytes))"), "{trace}");
    assert_eq!(plugin.take_trace(), Trace::default(), "it is taken");
}

/// A trace has an end, and says how much it leaves out.
#[test]
fn a_trace_keeps_so_much_and_counts_the_rest() {
    let plugin = start(
        r#"(import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (loop $more
                (drop (call $continue (i32.const 3)))
                (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                (br_if $more (i32.lt_u (local.get 0) (i32.const 150000))))
            i32.const 0)"#,
    );
    plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    let hostcalls = plugin.stats().hostcalls;
    let trace = plugin.take_trace();
    let kept = trace.hostcalls().count() as u64;
    assert!(kept > 100_000, "{kept}");
    assert_eq!(kept + trace.dropped, hostcalls);
    let last = format!("… and {} calls more, which are not kept\n", trace.dropped);
    assert!(trace.dropped > 10_000 && trace.to_string().ends_with(&last), "{last}");
}

/// Plugins in one VM have one trace.
#[test]
fn plugins_beside_each_other_are_traced_together() {
    let plugin = start(r#"(func (export "proxy_on_log") (param i32))"#);
    let other = plugin.beside().configuration("other").start().expect("it starts");
    plugin.http_with([&other]).close();
    assert_eq!(plugin.take_trace().to_string(), "#3 proxy_on_log()\n#4 proxy_on_log()\n");
}

/// A plugin that starts again after a trap goes on in its trace, in which its new VM has ids of its own.
#[test]
fn a_plugin_that_starts_again_has_one_trace() {
    let wat = r#"(module
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) i32.const 0)
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32) i32.const 1)
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) unreachable))"#;
    let vm = Vm::new(&wat::parse_str(wat).expect("valid WAT")).expect("it loads");
    let plugin = vm.plugin().failure_policy(FailurePolicy::Reload).traced().start();
    let plugin = plugin.expect("it starts");
    let trap = "#1 proxy_on_vm_start(vm_configuration_size: 0) -> true\n\
                #2 proxy_on_request_headers(num_headers: 6, end_of_stream: true) failed: Uncaught RuntimeError: unreachable\n";
    assert_eq!(get(&plugin), trap);
    plugin.advance(Duration::from_secs(2));
    assert_eq!(get(&plugin), trap);
}

/// What a plugin may not call answers as Envoy does, and is no fault of a test's.
#[test]
fn a_hostcall_that_is_denied_has_its_status() {
    let wat = r#"(module
        (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) i32.const 0)
        (func (export "proxy_on_log") (param i32)
            (drop (call $log (i32.const 0) (i32.const 0) (i32.const 0)))
            (drop (call $random (i32.const 0) (i32.const 1)))))"#;
    let vm = Vm::new(&wat::parse_str(wat).expect("valid WAT")).expect("it loads");
    let plugin = vm.plugin().capabilities(["proxy_on_log"]).traced().start().expect("it starts");
    let trace = "#2 proxy_on_log()\n  \
                   proxy_log(log_level: TRACE, message: \"\") -> INTERNAL_FAILURE\n  \
                   random_get() -> NOTCAPABLE\n";
    assert_eq!(get(&plugin), trace);
}

#[test]
#[should_panic = "the plugin is not traced: start it with PluginBuilder::traced"]
fn a_plugin_that_is_not_traced_has_no_trace() {
    let path = module("filters/tiny.wasm");
    let plugin = Vm::load(path).expect("a module").plugin().start().expect("it starts");
    plugin.take_trace();
}
