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
    let plugin = body_action(action);
    let mut http = plugin.http();
    http.request_headers(GET, End::No);
    http.request_body("a", End::No);
    http.request_body("bc", End::No);
    assert!(http.upstream().is_some_and(|upstream| !upstream.ended));
    http.request_body("d", End::Yes);
    let upstream = http.upstream().expect("the headers pass");
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
    let plugin = start(
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
    let plugin = start(
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
    let plugin = start(
        r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (loop $for_ever (br $for_ever)) unreachable)"#,
    );
    let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(exchange.response.expect("a reply").status(), Some(503));
    let errors = plugin.errors();
    let [error] = &errors[..] else { panic!("one error") };
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
        let plugin = Vm::new(&module).expect("it loads").plugin().start().expect("it starts");
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
        let plugin = start(&format!(
            r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
            (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                (loop $for_ever {flood} (br $for_ever)) unreachable)"#
        ));
        let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
        assert_eq!(exchange.response.expect("a reply").status(), Some(503));
        let error = &plugin.errors()[0];
        assert!(error.contains("stopped after hostcalls as costly as moving"), "{error}");
    }
}

#[test]
fn what_crashes_envoy_is_told() {
    let plugin = start(
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
fn a_response_whose_trailers_go_on_twice_crashes_envoy() {
    let plugin = start(
        r#"(import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
        (func (export "proxy_on_response_trailers") (param i32 i32) (result i32)
            (call $continue (i32.const 1)))"#,
    );
    let mut http = plugin.http();
    http.request_headers(GET, End::Yes);
    http.response_headers([(":status", "200")], End::No);
    http.response_trailers([("x-t", "1")]);
    assert!(http.response().expect("a response").ended);
    assert_eq!(
        plugin.errors(),
        [
            "Function: proxy_on_response_trailers failed: Envoy crashes here: the trailers of a response go on twice"
        ]
    );
}

#[test]
fn hostcalls_outside_memory_are_told_so() {
    // Each must answer 6, InvalidMemoryAccess.
    let plugin = start(
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
    assert_eq!(plugin.errors(), [""; 0]);
    assert_eq!(exchange.response.expect("an answer").status(), Some(200));
}

#[test]
fn what_the_runner_does_not_offer_is_named() {
    let plugin = start(
        r#"(import "env" "envoy_resolve_dns" (func $resolve (param i32 i32 i32) (result i32)))
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                (call $resolve (i32.const 1) (i32.const 1) (i32.const 1)))"#,
    );
    plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(
        plugin.errors(),
        ["Function: proxy_on_request_headers failed: this runner does not offer envoy_resolve_dns"]
    );
}

#[test]
fn figures_repeat() {
    let figures = || {
        let plugin = body_action(0);
        let post = Request::new("POST", "/", b"ping");
        let answer = Answer::upstream([(":status", "200")], "");
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

/// Calls cluster "a" from each request, and answers it with what comes back.
const CALLER: &str = r#"(import "env" "proxy_http_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_get_buffer_bytes" (func $bytes (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_set_effective_context" (func $effective (param i32) (result i32)))
    (import "env" "proxy_send_local_response" (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 512) "\03\00\00\00\05\00\00\00\02\00\00\00\07\00\00\00\04\00\00\00\0a\00\00\00\01\00\00\00:path\00/a\00:method\00POST\00:authority\00b\00")
    (data (i32.const 700) "a")
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (if (call $call (i32.const 700) (i32.const 1) (i32.const 512) (i32.const 63) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 8)) (then unreachable))
        (i32.store8 (i32.add (i32.const 1024) (i32.load (i32.const 8))) (local.get 0))
        i32.const 1)
    (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
        (drop (call $bytes (i32.const 4) (i32.const 0) (i32.const 100) (i32.const 16) (i32.const 20)))
        (if (i32.eqz (call $effective (i32.load8_u (i32.add (i32.const 1024) (local.get 1))))) (then
            (drop (call $reply (i32.const 403) (i32.const 700) (i32.const 1) (i32.load (i32.const 16))
                (i32.load (i32.const 20)) (i32.const 0) (i32.const 0) (i32.const -1))))))"#;

fn caller() -> Plugin {
    let wat = format!(
        r#"(module {CALLER}
            (func (export "proxy_abi_version_0_2_1"))
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096))"#
    );
    let module = wat::parse_str(wat).expect("valid WAT");
    Vm::new(&module).expect("it loads").plugin().cluster("a").start().expect("it starts")
}

#[test]
fn callouts_are_there_to_be_answered() {
    let plugin = caller();
    let mut first = plugin.http();
    let mut second = plugin.http();
    assert!(first.callouts().one().is_err());
    first.request_headers(GET, End::Yes);
    second.request_headers(GET, End::Yes);
    assert_eq!(plugin.callouts().len(), 2);

    let call = second.callouts().one().expect("it has called");
    assert_eq!((call.cluster(), call.request().headers.get(":method")), ("a", Some(&b"POST"[..])));
    call.reply(200, [("x", "y")], b"2").expect("it waits");
    assert!(call.reply(200, [("x", "y")], b"2").is_err(), "it waits no more");
    let reply = second.local_reply().expect("it answers");
    assert_eq!(
        (reply.status, reply.body.as_slice(), reply.details.as_str()),
        (403, &b"2"[..], "a")
    );
    assert!(first.response().is_none() && first.local_reply().is_err());

    plugin.advance(std::time::Duration::from_millis(999));
    assert!(first.response().is_none());
    plugin.advance(std::time::Duration::from_millis(1));
    let response = first.response().expect("the call is over");
    assert_eq!(response.body, b"upstream request timeout");
}

#[test]
fn a_call_outlives_its_stream() {
    let plugin = caller();
    let mut http = plugin.http();
    http.request_headers(GET, End::Yes);
    http.close();
    plugin.callouts().one().expect("it waits").reset().expect("it waits");
    assert!(plugin.callouts().is_empty());
    assert_eq!(plugin.errors(), [""; 0]);
}

/// Calls `a.Service/Method` of cluster "a" from each request, with a name that can be read as a message
/// if the request's method has four letters.
const GRPC_CALLER: &str = r#"(import "env" "proxy_grpc_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_set_effective_context" (func $effective (param i32) (result i32)))
    (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
    (memory (export "memory") 1)
    (global $stream (mut i32) (i32.const 0))
    (data (i32.const 512) "\0a\03\0a\01a")
    (data (i32.const 520) "users:method")
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (global.set $stream (local.get 0))
        (drop (call $get (i32.const 0) (i32.const 525) (i32.const 7) (i32.const 16) (i32.const 20)))
        (if (i32.eq (i32.load (i32.const 20)) (i32.const 4))
            (then (drop (call $call (i32.const 520) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8))))
            (else (if (call $call (i32.const 512) (i32.const 5) (i32.const 512) (i32.const 1) (i32.const 512) (i32.const 1)
                (i32.const 0) (i32.const 0) (i32.const 512) (i32.const 2) (i32.const 1000) (i32.const 8)) (then unreachable))))
        i32.const 1)
    (func (export "proxy_on_grpc_receive") (param i32 i32 i32)
        (drop (call $effective (global.get $stream)))
        (drop (call $continue (i32.const 0))))"#;

#[test]
fn grpc_calls_are_there_to_be_answered() {
    let wat = format!(
        r#"(module {GRPC_CALLER}
            (func (export "proxy_abi_version_0_2_1"))
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096))"#
    );
    let module = wat::parse_str(wat).expect("valid WAT");
    let plugin = Vm::new(&module).expect("it loads").plugin().cluster("a").start();
    let plugin = plugin.expect("it starts");
    let mut http = plugin.http();
    http.request_headers(GET, End::Yes);
    let call = http.grpc_calls().one().expect("it has called");
    assert_eq!(
        (call.cluster(), call.messages(), call.is_stream()),
        ("a", vec![vec![10, 3]], false)
    );
    assert_eq!(call.timeout(), Some(std::time::Duration::from_secs(1)));
    call.reply("pong").expect("it waits");
    assert!(call.reply("pong").is_err() && http.grpc_calls().is_empty());
    assert!(http.upstream().is_some(), "the request goes on");

    let mut http = plugin.http();
    http.request_headers([(":method", "POST"), (":path", "/")], End::Yes);
    let errors = plugin.errors();
    assert!(
        errors[0].contains("Envoy crashes here: a gRPC service that can be read"),
        "{errors:?}"
    );
}

/// Waits for a tick before it ends.
#[test]
fn a_plugin_ends_when_it_says_so() {
    let plugin = start(
        r#"(import "env" "proxy_done" (func $done (result i32)))
           (import "env" "proxy_set_tick_period_milliseconds" (func $period (param i32) (result i32)))
           (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
           (memory (export "memory") 1)
           (func $say (param $letter i32)
               (i32.store8 (i32.const 0) (local.get $letter))
               (drop (call $log (i32.const 2) (i32.const 0) (i32.const 1))))
           (func (export "proxy_on_done") (param i32) (result i32)
               (call $say (i32.const 100))
               (call $period (i32.const 10)))
           (func (export "proxy_on_tick") (param i32)
               (call $say (i32.const 116))
               (if (call $done) (then unreachable)))
           (func (export "proxy_on_delete") (param i32) (call $say (i32.const 120)))"#,
    );
    plugin.shut_down();
    assert!(!plugin.has_ended());
    assert_eq!(plugin.next_tick(), Some(std::time::Duration::from_millis(10)));
    plugin.advance(std::time::Duration::from_secs(1));
    assert!(plugin.has_ended());
    let log: String = plugin.take_log().into_iter().map(|line| line.message).collect();
    assert_eq!((log.as_str(), plugin.errors()), ("dtx", vec![]));
    // What it no longer hears of.
    let http = plugin.http();
    http.close();
}

/// A guest may tell itself of messages without end: one event does not.
#[test]
fn a_queue_that_fills_itself_ends_with_the_clock() {
    let plugin = start(
        r#"(import "env" "proxy_register_shared_queue" (func $register (param i32 i32 i32) (result i32)))
           (import "env" "proxy_enqueue_shared_queue" (func $enqueue (param i32 i32 i32) (result i32)))
           (memory (export "memory") 1)
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
               (drop (call $register (i32.const 0) (i32.const 1) (i32.const 16)))
               (call $enqueue (i32.const 1) (i32.const 0) (i32.const 1)))
           (func (export "proxy_on_queue_ready") (param i32 i32)
               (drop (call $enqueue (i32.const 1) (i32.const 0) (i32.const 1))))"#,
    );
    let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(exchange.response.expect("an answer").status(), Some(200));
}
