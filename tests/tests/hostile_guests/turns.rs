//! Callbacks that lead to callbacks.

use std::time::Duration;

use whit_test::case::CaseFile;

use super::*;

fn import(name: &str, params: usize) -> String {
    let params = "i32 ".repeat(params);
    format!(r#"(import "env" "{name}" (func ${name} (param {params}) (result i32)))"#)
}

#[test]
fn a_period_of_zero_stops_ticks() {
    let tick = import("proxy_set_tick_period_milliseconds", 1);
    let plugin = start(&guest(&format!(
        r#"{tick}
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
            (drop (call $proxy_set_tick_period_milliseconds (i32.const 1))) i32.const 1)
        (func (export "proxy_on_tick") (param i32)
            (drop (call $proxy_set_tick_period_milliseconds (i32.const 0))))"#
    )));
    plugin.advance(Duration::from_secs(1));
    assert_eq!(plugin.next_tick(), None);
    assert_eq!(plugin.stats().hostcalls, 2);
}

/// A gRPC call to no cluster ends at once, in a callback that makes the next.
#[test]
fn calls_that_fail_at_once_do_not_go_on_for_ever() {
    let call = |burns: &str| {
        let args = "(i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0)
            (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 200)";
        let import = import("proxy_grpc_call", 12);
        let call = format!("(drop (call $proxy_grpc_call {args}))");
        let service = r#"(data (i32.const 0) "\0a\03\0a\01x")"#;
        format!(
            r#"{import} (memory (export "memory") 1) {service}
            (func (export "proxy_on_grpc_close") (param i32 i32 i32)
                (local $n i32) {burns} {call} {call})
            {}"#,
            on_request(&call)
        )
        .replace(
            "(i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0)",
            "(i32.const 0) (i32.const 5) (i32.const 0) (i32.const 1) (i32.const 0)",
        )
    };
    let deep = "Uncaught RangeError: Maximum call stack size exceeded";
    assert_eq!(stops(&call("")), deep);
    let burns = "(loop $again
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $n) (i32.const 20000000))))";
    let far = "stopped, for one callback has led to 1000000000 instructions of others";
    assert_eq!(stops(&call(burns)), far);
}

/// A reply to a reply to a reply.
#[test]
fn local_replies_do_not_go_on_for_ever() {
    let reply = "(drop (call $proxy_send_local_response (i32.const 200) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))";
    let import = import("proxy_send_local_response", 8);
    let on = ["proxy_on_response_headers", "proxy_on_response_body"].map(|name| {
        format!(r#"(func (export "{name}") (param i32 i32 i32) (result i32) {reply} i32.const 0)"#)
    });
    let plugin = start(&guest(&format!(
        r#"{import} (memory (export "memory") 1) {} {}
        (func (export "proxy_on_log") (param i32) {reply})
        (func (export "proxy_on_done") (param i32) (result i32) {reply} i32.const 1)
        (func (export "proxy_on_delete") (param i32) {reply})"#,
        on_request(reply),
        on.concat()
    )));
    plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(plugin.errors(), [""; 0]);
    assert_eq!(plugin.stats().hostcalls, 5, "one in each callback");
}

/// Each answer to a call makes the next call.
#[test]
fn callouts_without_end_are_one_at_a_time() {
    let args =
        "(i32.const 0) (i32.const 1) (i32.const 1) (i32.const 61) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 200)";
    let call = format!("(drop (call $proxy_http_call {args}))");
    let import = import("proxy_http_call", 10);
    let data = r#"(data (i32.const 0) "a\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\01\00\00\00:method\00GET\00:path\00/\00:authority\00a\00")"#;
    let plugin = start(&guest(&format!(
        r#"{import} (memory (export "memory") 1) {data}
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32) {call})
        {}"#,
        on_request(&call)
    )));
    plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    for _ in 0..1000 {
        plugin.callouts().one().expect("a call").reset().expect("it waits");
    }
    // Those that wait too long make the next as well, at most one in the time that each waits.
    plugin.advance(Duration::from_secs(1000));
    assert_eq!(plugin.stats().hostcalls, 1 + 1000 + 1000);
}

/// A case answers so many calls, however many ticks and streams it has, and however many calls wait.
#[test]
fn callouts_without_end_come_to_an_end_of_their_case() {
    let args =
        "(i32.const 0) (i32.const 1) (i32.const 1) (i32.const 61) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200)";
    let call = format!("(drop (call $proxy_http_call {args}))");
    let (http_call, tick) =
        (import("proxy_http_call", 10), import("proxy_set_tick_period_milliseconds", 1));
    let data = r#"(data (i32.const 0) "a\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\01\00\00\00:method\00GET\00:path\00/\00:authority\00a\00")"#;
    let fifteen_thousand = format!(
        "(loop $again
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            {call}
            (br_if $again (i32.lt_u (local.get $n) (i32.const 15000))))"
    );
    let module = guest(&format!(
        r#"{http_call} {tick} (memory (export "memory") 1) {data}
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
            (drop (call $proxy_set_tick_period_milliseconds (i32.const 1000))) i32.const 1)
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32) {call})
        {}"#,
        on_request(&fifteen_thousand)
    ));
    let case = CaseFile::parse(
        "[[case]]
        name = 'calls for ever'
        ticks = 3
        cluster = [{ name = 'a', answers = [{}] }]
        [[case.stream]]
        [[case.stream]]
        waits = 2000",
    );
    let (observed, plugin) = whit_test::observe(&module, &case.expect("a case file").cases[0]);
    assert_eq!(observed.errors, [""; 0]);
    let hostcalls = plugin.expect("it starts").stats().hostcalls;
    assert_eq!(hostcalls, 1 + 2 * 15_000 + 10_000);
}

/// A plugin that fills its queue whenever it hears of it.
#[test]
fn queues_that_fill_themselves() {
    let plugin = start(&guest(&format!(
        r#"{} {} (memory (export "memory") 1)
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
            (drop (call $proxy_register_shared_queue (i32.const 0) (i32.const 1) (i32.const 4)))
            i32.const 1)
        (func (export "proxy_on_queue_ready") (param i32 i32)
            (drop (call $proxy_enqueue_shared_queue (local.get 1) (i32.const 0) (i32.const 1)))
            (drop (call $proxy_enqueue_shared_queue (local.get 1) (i32.const 0) (i32.const 1))))
        {}"#,
        import("proxy_register_shared_queue", 3),
        import("proxy_enqueue_shared_queue", 3),
        on_request(
            "(drop (call $proxy_enqueue_shared_queue (i32.const 1) (i32.const 0) (i32.const 1)))"
        )
    )));
    plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    // It has heard of ten thousand messages after the start, and again after the request.
    assert!(plugin.stats().hostcalls < 50_000);
}
