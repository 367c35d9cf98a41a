//! What callbacks use, and budgets that fail.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::module;
use whit_test::{Answer, Budget, End, Http, Plugin, Request, Stats, Used, Vm};

/// Reads the request's `x` and logs it.
const READER: &str = r#"(module
    (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "x")
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32)
        (drop (memory.grow (i32.const 1)))
        (i32.const 1024))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $get (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 12)))
        (drop (call $log (i32.const 2) (i32.load (i32.const 8)) (i32.load (i32.const 12))))
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))
        i32.const 0)
    (func (export "proxy_on_log") (param i32)))"#;

fn reader() -> Plugin {
    let module = wat::parse_str(READER).expect("valid WAT");
    Vm::new(&module).expect("it loads").plugin().start().expect("it starts")
}

fn send(plugin: &Plugin, x: &str) -> Http {
    let mut http = plugin.http();
    http.request_headers([(":path", "/"), ("x", x)], End::Yes);
    http
}

/// How a test fails that asks for this.
fn failure<T>(ask: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(ask)).err().expect("it fails");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(other) => other.downcast::<&str>().expect("a message").to_string(),
    }
}

#[test]
fn each_callback_has_figures_of_its_own() {
    let plugin = reader();
    let http = send(&plugin, "hello");
    let used = http.last();
    let stats = Stats {
        instructions: used.instructions,
        hostcalls: 3,
        allocations: 1,
        allocated_bytes: 5,
        // The same through WASI.
        log_bytes: 10,
        pages: 2,
        stack_bytes: None,
    };
    assert_eq!(used, Used { callback: "proxy_on_request_headers", stats });
    assert!((20..40).contains(&used.instructions), "{used:?}");
    assert_eq!(plugin.last(), used);

    // Another stream's callbacks are not this one's.
    let other = send(&plugin, "");
    assert_eq!(http.last(), used);
    let empty = other.last();
    assert_eq!((empty.hostcalls, empty.allocations, empty.log_bytes, empty.pages), (3, 0, 0, 2));
    other.close();
    let nothing = Used { callback: "proxy_on_log", stats: Stats { instructions: 1, ..nothing(2) } };
    assert_eq!(plugin.last(), nothing);

    // Of each figure the most.
    send(&plugin, "hello, world");
    let most = plugin.most("proxy_on_request_headers");
    assert_eq!((most.allocated_bytes, most.log_bytes, most.pages), (12, 24, 3));
    assert_eq!(most.instructions, used.instructions);

    // And all together.
    let all = plugin.stats().since(plugin.boot_stats());
    assert_eq!((all.hostcalls, all.allocations, all.allocated_bytes, all.pages), (9, 2, 17, 3));
}

fn nothing(pages: u64) -> Stats {
    Stats { pages, ..Stats::default() }
}

#[test]
fn a_budget_that_is_kept_is_silent() {
    let plugin = reader();
    let http = send(&plugin, "hello");
    let last = http.last();
    assert!(last.instructions <= 40);
    let exactly = Budget::new().hostcalls(3).allocations(1).allocated_bytes(5).log_bytes(10);
    last.assert_within(&exactly.pages(2).instructions(last.instructions));
    last.assert_within(&Budget::new());
}

#[test]
fn a_budget_that_is_exceeded_names_the_callback_what_was_used_and_what_is_allowed() {
    let plugin = reader();
    let http = send(&plugin, "hello");
    let last = http.last();
    let start = "proxy_on_request_headers is over its budget: ";
    for (budget, over) in [
        (Budget::new().hostcalls(2), "hostcalls: 3 used, 2 allowed"),
        (Budget::new().allocations(0), "allocations: 1 used, 0 allowed"),
        (Budget::new().allocated_bytes(4), "allocated bytes: 5 used, 4 allowed"),
        (Budget::new().log_bytes(9).hostcalls(3), "bytes of log: 10 used, 9 allowed"),
        (Budget::new().pages(1), "pages: 2 used, 1 allowed"),
        (
            Budget::new().hostcalls(0).pages(0),
            "hostcalls: 3 used, 0 allowed; pages: 2 used, 0 allowed",
        ),
    ] {
        assert_eq!(failure(|| last.assert_within(&budget)), format!("{start}{over}"));
    }
    let few = failure(|| {
        plugin.most("proxy_on_request_headers").assert_within(&Budget::new().instructions(1))
    });
    assert_eq!(few, format!("{start}instructions: {} used, 1 allowed", last.instructions));
    // What nobody measures is no proof.
    let stack = failure(|| last.assert_within(&Budget::new().stack_bytes(u64::MAX)));
    assert!(
        stack.contains("bytes of stack: not measured (see PluginBuilder::stack_measured), "),
        "{stack}"
    );
}

#[test]
fn what_has_not_run_has_used_nothing_to_speak_of() {
    let plugin = reader();
    let http = plugin.http();
    assert_eq!(failure(|| http.last()), "no callback of the stream has run");
    assert_eq!(failure(|| plugin.last()), "no callback has run");
    for callback in ["proxy_on_log", "proxy_on_lgo"] {
        assert_eq!(failure(|| plugin.most(callback)), format!("{callback} has not run"));
    }
}

/// A connection has a last callback as well.
#[test]
fn connections_have_figures_too() {
    let plugin = reader();
    let tcp = plugin.tcp("127.0.0.1:4711", "a");
    // Nobody is there to connect to, so it is over.
    assert_eq!(tcp.last().callback, "proxy_on_log");
    let vm = Vm::load(module("filters/tiny.wasm")).expect("a module");
    let plugin = vm.plugin().start().expect("it starts");
    let tcp = plugin.tcp("127.0.0.1:4711", "a");
    assert_eq!(failure(|| tcp.last()), "no callback of the connection has run");
}

fn measured(path: &str) -> Plugin {
    let vm = Vm::load(module(path)).expect("a module");
    vm.plugin().stack_measured().start().expect("it starts")
}

/// What a request's headers take of the stack.
fn stack(path: &str) -> Option<u64> {
    let plugin = measured(path);
    plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
    plugin.most("proxy_on_request_headers").stack_bytes
}

#[test]
fn the_stack_has_a_high_water_mark() {
    for build in ["wasm", "plain.wasm"] {
        // 6000 bytes, and what else the function keeps there.
        let used = stack(&format!("guests/large-stack.{build}")).expect("it is measured");
        assert!((6000..6100).contains(&used), "{build}: {used}");
        // It traps before it writes anything.
        assert_eq!(stack(&format!("guests/small-stack.{build}")), Some(0), "{build}");
    }
    // The official crate's is large, and hardly used.
    let official = stack("filters/http-headers.official.wasm").expect("it is measured");
    assert!((100..4096).contains(&official), "{official}");
}

#[test]
fn a_module_without_a_stack_uses_none_of_it() {
    assert_eq!(stack("filters/http-headers.hand.wasm"), Some(0));
    // Pruning leaves none where nothing is kept there.
    assert_eq!(stack("filters/http-headers.wasm"), Some(0));
}

#[test]
fn each_callback_has_a_mark_of_its_own() {
    let plugin = measured("guests/large-stack.wasm");
    let mut http = plugin.http();
    http.request_headers([(":path", "/")], End::Yes);
    let used = http.last().stack_bytes.expect("it is measured");
    http.last().assert_within(&Budget::new().stack_bytes(used));
    let over = failure(|| http.last().assert_within(&Budget::new().stack_bytes(4096)));
    assert!(over.ends_with(&format!("bytes of stack: {used} used, 4096 allowed")), "{over}");
    assert_eq!(plugin.stats().stack_bytes, Some(used), "the most of all");
    // The guest is none the wiser.
    let bytes = http.upstream().expect("the headers pass");
    assert_eq!(bytes.headers.get("x-bytes"), Some(&[b'a'; 6000][..]));
}

/// Measuring changes nothing: every filter does the same, and takes as many instructions.
#[test]
fn a_painted_stack_is_a_stack_like_any_other() {
    for guest in ["guests/mixed.wasm", "filters/http-headers.official.wasm"] {
        let vm = Vm::load(module(guest)).expect("a module");
        let run = |plugin: Plugin| {
            let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
            (exchange, Stats { stack_bytes: None, ..plugin.stats() })
        };
        let plain = run(vm.plugin().start().expect("it starts"));
        let measured = run(vm.plugin().stack_measured().start().expect("it starts"));
        assert_eq!(plain, measured, "{guest}");
    }
}
