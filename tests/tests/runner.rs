//! The runner where a case file cannot reach: chunks, several streams, dead VMs, endless guests.

use whit_test::{Answer, End, Plugin, Request, Vm};

fn start(fields: &str) -> Plugin {
    let wat = format!(
        r#"(module {fields}
            (func (export "proxy_abi_version_0_2_1"))
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096))"#
    );
    let module = wat::parse_str(wat).expect("valid WAT");
    Vm::new(&module).expect("it loads").plugin().start().expect("it starts")
}

const GET: [(&str, &str); 2] = [(":method", "GET"), (":path", "/")];

/// Answers a body callback with this action until the end, then continues.
fn body_action(action: u32) -> Plugin {
    start(&format!(
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_on_request_body") (param $context i32) (param $size i32) (param $end i32) (result i32)
            (i32.store8 (i32.const 16) (i32.add (i32.const 48) (local.get $size)))
            (drop (call $log (i32.const 2) (i32.const 16) (i32.const 1)))
            (select (i32.const 0) (i32.const {action}) (local.get $end)))"#
    ))
}

/// The sizes that the callbacks saw for the chunks "a", "bc" and "d", and what passed.
fn chunks(action: u32) -> (String, String) {
    let mut plugin = body_action(action);
    let mut http = plugin.http();
    http.request_headers(GET, End::No);
    http.request_body("a", End::No);
    http.request_body("bc", End::No);
    assert!(http.upstream().is_some_and(|upstream| !upstream.ended));
    http.request_body("d", End::Yes);
    let upstream = http.upstream().cloned().expect("the headers pass");
    assert!(upstream.ended);
    http.close();
    let sizes = plugin.take_log().into_iter().map(|line| line.message).collect();
    (sizes, String::from_utf8(upstream.body).expect("text"))
}

#[test]
fn body_chunks_flow_are_buffered_held_or_dropped() {
    assert_eq!(chunks(0), ("121".to_owned(), "abcd".to_owned()), "continue");
    assert_eq!(chunks(1), ("134".to_owned(), "abcd".to_owned()), "stop and buffer");
    assert_eq!(chunks(2), ("121".to_owned(), "abcd".to_owned()), "stop, with a watermark");
    assert_eq!(chunks(3), ("121".to_owned(), "d".to_owned()), "stop, without a buffer");
}

#[test]
fn a_stopped_stream_holds_its_body_back_unseen() {
    let mut plugin = start(
        r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) i32.const 1)
           (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) unreachable)"#,
    );
    let mut http = plugin.http();
    http.request_headers(GET, End::No);
    http.request_body("held", End::Yes);
    assert_eq!(http.upstream(), None);
    http.close();
    assert!(plugin.errors().is_empty());
}

#[test]
fn a_trap_kills_the_vm_and_every_later_stream_fails() {
    let mut plugin = start(
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
           (memory (export "memory") 1)
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) unreachable)
           (func (export "proxy_on_log") (param i32) (drop (call $log (i32.const 2) (i32.const 0) (i32.const 1))))"#,
    );
    for _ in 0..2 {
        let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
        let response = exchange.response.expect("a reply");
        assert_eq!((response.status(), response.body), (Some(503), Vec::new()));
        assert_eq!(exchange.upstream, None);
    }
    assert!(plugin.take_log().is_empty(), "no callback runs in a dead VM");
    assert_eq!(
        plugin.errors()[0].lines().next(),
        Some("Function: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable")
    );
}

#[test]
fn an_endless_callback_is_stopped() {
    let mut plugin = start(
        r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (loop $for_ever (br $for_ever)) unreachable)"#,
    );
    let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(exchange.response.expect("a reply").status(), Some(503));
    let [error] = plugin.errors() else { panic!("one error") };
    assert!(
        error.starts_with("Function: proxy_on_request_headers failed: stopped after"),
        "{error}"
    );
}

#[test]
fn an_allocator_that_lies_or_traps_costs_the_host_nothing() {
    for allocator in ["i32.const 0", "i32.const -1", "i32.const 65530", "unreachable"] {
        let wat = format!(
            r#"(module
                (import "env" "proxy_get_header_map_pairs" (func $pairs (param i32 i32 i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "proxy_abi_version_0_2_1"))
                (func (export "proxy_on_memory_allocate") (param i32) (result i32) {allocator})
                (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                    ;; 6, InvalidMemoryAccess, becomes 0: continue.
                    (i32.ne (i32.const 6) (call $pairs (i32.const 0) (i32.const 0) (i32.const 4)))))"#
        );
        let module = wat::parse_str(wat).expect("valid WAT");
        let mut plugin = Vm::new(&module).expect("it loads").plugin().start().expect("it starts");
        let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
        let status = exchange.response.expect("an answer").status();
        let expected = if allocator == "unreachable" { 503 } else { 200 };
        assert_eq!(status, Some(expected), "{allocator}");
    }
}

/// Hostcalls are not instructions, so they have a budget of their own.
#[test]
fn a_callback_that_floods_the_host_is_stopped() {
    for flood in [
        "(drop (call $log (i32.const 2) (i32.const 0) (i32.const 65536)))",
        "(drop (call $continue (i32.const 0)))",
    ] {
        let mut plugin = start(&format!(
            r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
            (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                (loop $for_ever {flood} (br $for_ever)) unreachable)"#
        ));
        let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
        assert_eq!(exchange.response.expect("a reply").status(), Some(503));
        let error = &plugin.errors()[0];
        assert!(error.contains("stopped after hostcalls that moved"), "{error}");
    }
}

#[test]
fn what_crashes_envoy_is_told() {
    let mut plugin = start(
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (call $log (i32.const 2) (i32.const 0) (i32.const 0)))"#,
    );
    plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(
        plugin.errors(),
        [
            "Function: proxy_on_request_headers failed: Envoy crashes here: a hostcall uses the memory of a module that exports none"
        ]
    );
}

#[test]
fn hostcalls_outside_memory_are_told_so() {
    // Each must answer 6, InvalidMemoryAccess.
    let mut plugin = start(
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (if (i32.ne (call $log (i32.const 2) (i32.const -1) (i32.const 2)) (i32.const 6)) (then unreachable))
            (if (i32.ne (call $log (i32.const 2) (i32.const 65535) (i32.const 2)) (i32.const 6)) (then unreachable))
            (if (i32.ne (call $buffer (i32.const 6) (i32.const 0) (i32.const 9) (i32.const 65533) (i32.const 0)) (i32.const 6)) (then unreachable))
            (if (i32.ne (call $time (i32.const 65529)) (i32.const 6)) (then unreachable))
            i32.const 0)"#,
    );
    let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(plugin.errors(), &[] as &[String]);
    assert_eq!(exchange.response.expect("an answer").status(), Some(200));
}

#[test]
fn what_the_runner_does_not_offer_is_named() {
    let mut plugin = start(
        r#"(import "env" "proxy_grpc_cancel" (func $cancel (param i32) (result i32)))
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                (call $cancel (i32.const 1)))"#,
    );
    plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(
        plugin.errors(),
        ["Function: proxy_on_request_headers failed: this runner does not offer proxy_grpc_cancel"]
    );
}

#[test]
fn figures_repeat() {
    let figures = || {
        let mut plugin = body_action(0);
        let post = Request::new("POST", "/", b"ping");
        let answer = Answer::Upstream { headers: [(":status", "200")].into(), body: Vec::new() };
        plugin.exchange(&post, &answer);
        plugin.stats()
    };
    assert_eq!(figures(), figures());
    // The body is one chunk and its end.
    assert_eq!((figures().pages, figures().hostcalls), (1, 2));
}

#[test]
fn vms_run_in_parallel() {
    let threads: Vec<_> =
        (0..4).map(|_| std::thread::spawn(|| assert_eq!(chunks(1).0, "134"))).collect();
    for thread in threads {
        thread.join().expect("the test passes in each thread");
    }
}
