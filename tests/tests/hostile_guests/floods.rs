//! Hostcalls again and again: each callback may cost the host so much, and all that plugins leave with it has
//! an end.

use std::time::Duration;

use whit_test::{End, Process};

use super::*;

const MEMORY: &str = r#"(memory (export "memory") 1)"#;
/// A cluster's name, the headers of a call, and a key that is another one each time.
const DATA: &str = r#"(data (i32.const 0) "a\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\01\00\00\00:method\00GET\00:path\00/\00:authority\00a\00")"#;
const COUNT: &str = "(local.set $n (i32.add (local.get $n) (i32.const 1)))
    (i32.store (i32.const 100) (local.get $n))";

/// The import of a hostcall, as `$f`, which takes so many numbers.
fn import(name: &str, params: usize) -> String {
    let params = "i32 ".repeat(params);
    format!(r#"(import "env" "{name}" (func $f (param {params}) (result i32)))"#)
}

/// Makes a hostcall with these numbers until it is stopped. Returns how often it was made.
fn floods(name: &str, args: &[u32]) -> u64 {
    let import = import(name, args.len());
    let args: String = args.iter().map(|arg| format!("(i32.const {arg})")).collect();
    let on_request = on_request(&for_ever(&format!("{COUNT} (drop (call $f {args}))")));
    let plugin = start(&guest(&format!("{import} {MEMORY} {DATA} {on_request}")));
    request(&plugin);
    assert_eq!(stopped(&plugin), OVER_BUDGET, "{name}");
    plugin.most("proxy_on_request_headers").hostcalls
}

#[test]
fn what_stays_with_the_host() {
    for (name, args) in [
        ("proxy_log", &[2, 100, 4][..]),
        ("proxy_set_shared_data", &[100, 4, 100, 4, 0]),
        ("proxy_define_metric", &[0, 100, 4, 200]),
        ("proxy_register_shared_queue", &[100, 4, 200]),
        ("proxy_set_property", &[100, 4, 100, 4]),
    ] {
        let hostcalls = floods(name, args);
        assert!((500_000..524_288).contains(&hostcalls), "{name}: {hostcalls}");
    }
}

#[test]
fn what_is_left_to_do() {
    for (name, args) in [
        ("proxy_http_call", &[0, 1, 1, 61, 0, 0, 0, 0, 1000, 200][..]),
        ("proxy_grpc_call", &[0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1000, 200]),
        ("proxy_grpc_stream", &[0, 1, 0, 1, 0, 1, 0, 0, 200]),
        ("proxy_send_local_response", &[200, 0, 0, 0, 0, 0, 0, u32::MAX]),
        ("proxy_continue_stream", &[0]),
        ("proxy_close_stream", &[0]),
    ] {
        let hostcalls = floods(name, args);
        assert!(hostcalls < 20_000, "{name}: {hostcalls}");
    }
}

/// To look through a long map costs more than through a short one.
#[test]
fn maps_that_grow() {
    let hostcalls = floods("proxy_add_header_map_value", &[0, 100, 4, 100, 4]);
    assert!((10_000..30_000).contains(&hostcalls), "{hostcalls}");
}

#[test]
fn what_costs_its_bytes() {
    for (name, args, most) in [
        ("proxy_log", [2, 0, 65_536], 4_100),
        ("proxy_get_header_map_pairs", [0, 200, 204], 400_000),
    ] {
        let hostcalls = floods(name, &args);
        assert!(hostcalls < most, "{name}: {hostcalls}");
    }
}

/// Whatever the allocator does, bytes that the host has copied for the guest are paid for.
#[test]
fn what_the_guest_does_not_take() {
    let set = import("proxy_set_shared_data", 5).replace("$f", "$set");
    let get = import("proxy_get_shared_data", 5).replace("$f", "$get");
    let property = import("proxy_set_property", 4).replace("$f", "$set_property");
    let look = import("proxy_get_property", 4).replace("$f", "$get_property");
    for once in [
        "(drop (call $get (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 16) (i32.const 16)))",
        "(drop (call $get_property (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 16)))",
        // A part of what has none.
        "(drop (call $get_property (i32.const 0) (i32.const 3) (i32.const 16) (i32.const 16)))",
    ] {
        let on_request = on_request(&format!(
            r"(drop (call $set
                (i32.const 0) (i32.const 1) (i32.const 64) (i32.const 1000000) (i32.const 0)))
            (drop (call $set_property (i32.const 0) (i32.const 1) (i32.const 64) (i32.const 1000000)))
            {}",
            for_ever(once)
        ));
        let module = format!(
            r#"(module {set} {get} {property} {look} (memory (export "memory") 16)
                (data (i32.const 0) "a\00b") {on_request}
                (func (export "proxy_abi_version_0_2_1"))
                (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0))"#
        );
        let plugin = start(&wat::parse_str(module).expect("valid WAT"));
        request(&plugin);
        assert_eq!(stopped(&plugin), OVER_BUDGET, "{once}");
        let hostcalls = plugin.most("proxy_on_request_headers").hostcalls;
        assert!((100..300).contains(&hostcalls), "{once}: {hostcalls}");
    }
}

/// To make a property of many headers costs more than to make one of few.
#[test]
fn properties_of_headers() {
    let add = import("proxy_add_header_map_value", 5).replace("$f", "$add");
    let get = import("proxy_get_property", 4);
    for (path, most) in [("request\\00headers\\00x", 1_000), ("request\\00size", 50_000)] {
        let on_request = on_request(&format!(
            "(loop $add
                {COUNT}
                (drop (call $add
                    (i32.const 0) (i32.const 100) (i32.const 4) (i32.const 100) (i32.const 4)))
                (br_if $add (i32.lt_u (local.get $n) (i32.const 5000))))
            {}",
            for_ever(&format!(
                "(drop (call $f (i32.const 200) (i32.const {}) (i32.const 300) (i32.const 304)))",
                path.replace("\\00", "0").len()
            ))
        ));
        let plugin = start(&guest(&format!(
            r#"{add} {get} {MEMORY} (data (i32.const 200) "{path}") {on_request}"#
        )));
        request(&plugin);
        assert_eq!(stopped(&plugin), OVER_BUDGET, "{path}");
        let hostcalls = plugin.most("proxy_on_request_headers").hostcalls;
        assert!(hostcalls < 5000 + most, "{path}: {hostcalls}");
    }
}

/// What is not taken does not free what it would have replaced.
#[test]
fn what_does_not_fit() {
    let set = import("proxy_set_shared_data", 5);
    let process = Process::default();
    let sets = |key: u32, megabytes: u32, status: u16| {
        let size = megabytes * 1_000_000;
        let on_request = on_request(&format!(
            "(drop (call $f (i32.const {key}) (i32.const 1) (i32.const 0) (i32.const {size}) (i32.const 0)))"
        ));
        let module = guest(&format!(
            r#"{set} (memory (export "memory") 4000) (data (i32.const 0) "abcd") {on_request}"#
        ));
        let plugin = Vm::new(&module).expect("a module").plugin().process(&process);
        let plugin = plugin.start().expect("it starts");
        let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
        let found = exchange.response.and_then(|response| response.status());
        assert_eq!(found, Some(status), "{key}: {:?}", plugin.errors());
    };
    sets(0, 100, 200);
    sets(1, 200, 200);
    sets(2, 150, 200);
    sets(0, 200, 503);
    sets(3, 100, 503);
    sets(3, 80, 200);
}

/// So it is with what a stream holds, in callback after callback.
#[test]
fn what_stays_with_a_stream() {
    let set = import("proxy_set_property", 4);
    let plugin = start(&guest(&format!(
        r#"{set} (memory (export "memory") 1600) (func (export "proxy_on_request_body")
            (param i32 i32 i32) (result i32)
            (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1)))
            (call $f (i32.const 100) (i32.const 4) (i32.const 0) (i32.const 100000000)))"#
    )));
    let mut http = plugin.http();
    http.request_headers([(":method", "POST"), (":path", "/"), (":authority", "a")], End::No);
    for _ in 0..5 {
        http.request_body("a", End::No);
        assert_eq!(plugin.errors(), [""; 0]);
    }
    http.request_body("a", End::No);
    assert!(plugin.errors()[0].contains("stopped, for plugins have left 536870912 bytes"));
}

/// What a stream of gRPC has sent, until it is over, and errors.
#[test]
fn what_stays_with_a_call() {
    let begin = import("proxy_grpc_stream", 9).replace("$f", "$begin");
    let close = import("proxy_grpc_cancel", 1).replace("$f", "$close");
    let send = import("proxy_grpc_send", 4);
    let begins = "(drop (call $begin (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)
        (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 200)))";
    let sends = "(drop (call $f (i32.load (i32.const 200)) (i32.const 0) (i32.const 100000000)
        (i32.const 0)))";
    for (ends, errors) in [("(drop (call $close (i32.load (i32.const 200))))", 0), ("", 1)] {
        let on_request = on_request(&format!("{begins} {sends} {ends}"));
        let plugin = start(&guest(&format!(
            r#"{begin} {close} {send} (memory (export "memory") 1600) {DATA} {on_request}"#
        )));
        for _ in 0..8 {
            plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
        }
        assert_eq!(plugin.errors().len(), errors, "{ends}: {:?}", plugin.errors());
    }
}

/// Half a gigabyte, however many callbacks it takes.
#[test]
fn what_stays_over_many_callbacks() {
    let full = "stopped, for plugins have left 536870912 bytes with the host";
    let memory = r#"(memory (export "memory") 128)"#;
    let tick = import("proxy_set_tick_period_milliseconds", 1).replace("$f", "$tick");
    for (name, args) in [
        (
            "proxy_set_shared_data",
            "(i32.const 100) (i32.const 4) (i32.const 0) (i32.const 8000000) (i32.const 0)",
        ),
        ("proxy_log", "(i32.const 2) (i32.const 0) (i32.const 8000000)"),
        // Calls that nobody answers.
        (
            "proxy_http_call",
            "(i32.const 0) (i32.const 1) (i32.const 1) (i32.const 61) (i32.const 0)
            (i32.const 8000000) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200)",
        ),
        (
            "proxy_grpc_call",
            "(i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8000000) (i32.const 0)
            (i32.const 200)",
        ),
    ] {
        let import = import(name, args.matches("const").count());
        let plugin = start(&guest(&format!(
            r#"{tick} {import} {memory} {DATA}
            (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
                (drop (call $tick (i32.const 1000))) i32.const 1)
            (func (export "proxy_on_tick") (param i32)
                (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1)))
                (drop (call $f {args})))"#
        )));
        plugin.advance(Duration::from_secs(100));
        let errors = plugin.errors();
        let [error] = errors.as_slice() else { panic!("{name}: {errors:?}") };
        assert!(error.contains(full), "{name}: {error}");
    }
}
