//! Calls that fail or never come, and upstreams that break off.

mod common;

use std::time::Duration;

use common::module;
use whit_test::{End, Fault, Http, Plugin, Status, Vm};

/// A guest of this repository, which can call clusters `httpbin`, `grpcbin` and `auth`.
fn start(path: &str) -> Plugin {
    let plugin = Vm::load(module(path)).expect("a module").plugin().configuration("word").traced();
    let plugin = plugin.cluster("httpbin").cluster("grpcbin").cluster("auth");
    plugin.start().expect("it starts")
}

fn open(plugin: &Plugin, path: &str, end: End) -> Http {
    let mut http = plugin.http();
    let headers = [(":method", "POST"), (":path", path), (":authority", "a")];
    http.request_headers(headers, end);
    http
}

fn status(http: &Http) -> Option<u16> {
    http.response().and_then(|response| response.status())
}

/// The plugin's answer to a call that fails in this way.
fn fails(fail: impl FnOnce(&Plugin, &Http)) -> Option<u16> {
    let plugin = start("filters/http-auth-random.wasm");
    let http = open(&plugin, "/", End::Yes);
    assert_eq!(http.callouts().len(), 1);
    fail(&plugin, &http);
    let status = status(&http);
    http.close();
    assert_eq!(plugin.errors(), [""; 0]);
    status
}

#[test]
fn a_callout_fails_or_never_comes() {
    let call = |http: &Http| http.callouts().one().expect("it waits");
    assert_eq!(fails(|_, http| call(http).refuse().expect("it waits")), Some(403));
    assert_eq!(fails(|_, http| call(http).break_before_answer().expect("it waits")), Some(403));
    assert_eq!(fails(|_, http| call(http).reset().expect("it waits")), Some(403));
    assert_eq!(fails(|_, http| call(http).time_out().expect("it waits")), Some(403));
    assert_eq!(fails(|plugin, _| plugin.advance(Duration::from_secs(1))), Some(403));
    assert_eq!(fails(|_, _| {}), None, "it waits for ever");

    let plugin = start("filters/http-auth-random.wasm");
    let fault = Fault::hostcall("proxy_http_call", Status::InternalFailure as u32);
    plugin.faults().inject(fault);
    let http = open(&plugin, "/", End::Yes);
    assert_eq!((status(&http), http.callouts().len()), (Some(403), 0), "it cannot be made");
}

#[test]
fn a_grpc_call_fails() {
    for (n, log) in ["forbidden", "granted"].into_iter().enumerate() {
        let plugin = start("filters/grpc-auth-random.wasm");
        let mut http = plugin.http();
        let headers = [
            (":method", "POST"),
            (":path", "/a"),
            (":authority", "a"),
            ("content-type", "application/grpc"),
        ];
        http.request_headers(headers, End::No);
        let call = http.grpc_calls().one().expect("it waits");
        match n {
            0 => call.close(13, "", [("", ""); 0]).expect("it waits"),
            // 14 is even.
            _ => call.time_out().expect("it waits"),
        }
        assert!(call.time_out().is_err(), "it waits no more");
        assert_eq!(plugin.take_log()[0].message, format!("Access {log}."));
    }
}

/// As Envoy does, whose answer passes the plugin.
#[test]
fn an_upstream_fails_before_it_answers() {
    let plugin = start("guests/mixed.wasm");
    // It has the headers, or all.
    for end in [End::No, End::Yes] {
        let mut http = open(&plugin, "/", end);
        http.upstream_fails("connection termination");
        let response = http.response().expect("Envoy's answer");
        assert_eq!((response.status(), response.body.len()), (Some(503), 95));
        let seen = response.headers.get("x-seen").expect("it passes the plugin");
        assert_eq!(seen, b"0 bytes, 0 words, false");
        assert!(!http.is_reset());
    }
    assert_eq!(plugin.errors(), [""; 0]);
}

#[test]
fn an_upstream_breaks_off_while_it_answers() {
    let plugin = start("guests/mixed.wasm");
    for body in ["", "half"] {
        let mut http = open(&plugin, "/", End::Yes);
        http.response_headers([(":status", "200"), ("content-length", "9")], End::No);
        http.response_body(body, End::No);
        plugin.take_trace();
        http.upstream_breaks();
        assert!(http.is_reset());
        let response = http.response().expect("what has come");
        assert_eq!((response.body.as_slice(), response.ended), (body.as_bytes(), false));
        let trace = plugin.take_trace().to_string();
        assert!(trace.contains("proxy_on_delete"), "{trace}");
    }
    assert_eq!(plugin.errors(), [""; 0]);
}

#[test]
fn an_upstream_breaks_a_connection() {
    let plugin = start("guests/connections.wasm");
    plugin.take_log();
    let mut tcp = plugin.tcp("127.0.0.1:4711", "auth");
    tcp.downstream_data("ping", End::No);
    tcp.upstream_breaks();
    assert!(tcp.is_closed());
    let log: Vec<String> = plugin.take_log().into_iter().map(|line| line.message).collect();
    assert_eq!(log, ["up 4, down 0, word word"]);
}

/// Lets a request pass that waits for a call.
fn grant(http: &Http) -> Box<dyn FnOnce()> {
    if let Ok(call) = http.callouts().one() {
        return Box::new(move || call.reply(200, [("x", "y")], b"0").expect("it waits"));
    }
    let call = http.grpc_calls().one().expect("it waits");
    Box::new(move || call.close(2, "", [("", ""); 0]).expect("it waits"))
}

/// Envoy knows a stream for some time after it has deleted its context, and crashes if the stream is to go on
/// then.
#[test]
fn a_stream_that_is_deleted_is_let_alone_even_if_the_host_still_knows_it() {
    let headers = [
        (":method", "POST"),
        (":path", "/ask"),
        (":authority", "a"),
        ("content-type", "application/grpc"),
    ];
    for module in [
        "filters/http-auth-random.wasm",
        "filters/http-auth-random.plain.wasm",
        "filters/http-auth-random.hand.wasm",
        "filters/grpc-auth-random.wasm",
        "filters/grpc-auth-random.plain.wasm",
        "filters/grpc-auth-random.hand.wasm",
        "guests/mixed.wasm",
    ] {
        let plugin = start(module);
        let mut streams = [plugin.http(), plugin.http(), plugin.http()];
        streams.iter_mut().for_each(|http| http.request_headers(headers, End::No));
        let [first, gone, last] = streams;
        let answer = grant(&gone);
        gone.close();
        plugin.take_trace();
        plugin.faults().inject(Fault::hostcall("proxy_set_effective_context", 0));
        answer();
        plugin.faults().clear();
        let trace = plugin.take_trace().to_string();
        for call in ["proxy_continue_stream", "proxy_send_local_response", "proxy_log"] {
            assert!(!trace.contains(call), "{module}: {trace}");
        }
        for http in [&first, &last] {
            grant(http)();
            let trace = plugin.take_trace().to_string();
            assert!(trace.contains("proxy_continue_stream"), "{module}: {trace}");
        }
    }
}
