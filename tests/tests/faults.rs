//! Faults on demand, and what guests on Whit make of them.

mod common;

use std::time::Duration;

use common::module;
use whit_test::trace::Trace;
use whit_test::{Answer, End, Error, Fault, Http, LogLevel, Plugin, Request, Status, Vm};

fn vm(path: &str) -> Vm {
    Vm::load(module(path)).expect("a module")
}

fn start(path: &str) -> Plugin {
    let plugin = vm(path).plugin().configuration("word").cluster("auth").traced();
    plugin.start().expect("it starts")
}

fn open(plugin: &Plugin, path: &str, end: End) -> Http {
    let mut http = plugin.http();
    let headers = [(":method", "POST"), (":path", path), (":authority", "a")];
    http.request_headers(headers, end);
    http
}

/// What upstream got as `x-path`.
fn x_path(plugin: &Plugin, path: &str) -> String {
    let http = open(plugin, path, End::Yes);
    let upstream = http.upstream().expect("the headers pass");
    String::from_utf8_lossy(upstream.headers.get("x-path").expect("it is added")).into_owned()
}

fn status(http: &Http) -> Option<u16> {
    http.response().and_then(|response| response.status())
}

#[test]
fn a_hostcall_answers_with_a_status_of_choice_every_time_or_once_or_the_nth_time() {
    let plugin = start("guests/copy-path.wasm");
    let fault = Fault::hostcall("proxy_get_header_map_value", Status::InternalFailure as u32);
    let paths = |plugin: &Plugin| [(); 4].map(|()| x_path(plugin, "/"));
    for (fault, seen) in [
        (fault.clone(), ["error", "error", "error", "error"]),
        (fault.clone().once(), ["error", "/", "/", "/"]),
        (fault.clone().nth(3), ["/", "/", "error", "/"]),
    ] {
        plugin.faults().clear();
        plugin.faults().inject(fault);
        assert_eq!(paths(&plugin), seen);
    }
    assert_eq!(plugin.faults().struck(), 4 + 1 + 1);
    // Each counts for itself.
    plugin.faults().clear();
    plugin.faults().inject(fault.clone().nth(2));
    plugin.faults().inject(fault.nth(4));
    assert_eq!(paths(&plugin), ["/", "error", "/", "error"]);
    plugin.faults().clear();
    assert_eq!(paths(&plugin), ["/"; 4]);
}

/// The host has done nothing, whatever it says.
#[test]
fn a_status_may_be_any_number() {
    for status in [0, 5, 77, u32::MAX] {
        let plugin = start("filters/add-header.wasm");
        plugin.faults().inject(Fault::hostcall("proxy_add_header_map_value", status));
        let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
        let response = exchange.response.expect("a response");
        assert_eq!((response.status(), response.headers.get("x-hello")), (Some(200), None));
        assert_eq!(plugin.faults().struck(), 1);
    }
}

#[test]
fn a_fault_is_seen_in_the_trace() {
    let plugin = start("guests/copy-path.wasm");
    plugin.faults().inject(Fault::hostcall("proxy_add_header_map_value", 77));
    plugin.faults().inject(Fault::allocator_refuses());
    open(&plugin, "/", End::Yes);
    let trace = plugin.take_trace();
    let lines: Vec<_> = trace.to_string().lines().map(|line| line.trim().to_owned()).collect();
    assert_eq!(
        lines[..4],
        [
            "#2 proxy_on_request_headers(num_headers: 3, end_of_stream: true) -> PAUSE",
            "proxy_get_header_map_value(map_id: HTTP_REQUEST_HEADERS, key: \":path\") -> INVALID_MEMORY_ACCESS",
            "proxy_on_memory_allocate(memory_size: 1) -> 0x0 (a fault)",
            "proxy_add_header_map_value(map_id: HTTP_REQUEST_HEADERS, key: \"x-path\", value: \"error\") -> 77 (a fault)",
        ]
    );
    let faulty: Vec<_> = trace.hostcalls().map(|call| call.faulty).collect();
    assert_eq!(faulty, [false, true]);
}

#[test]
fn wasi_has_faults_too() {
    let plugin = start("filters/hello-world.wasm");
    plugin.faults().inject(Fault::hostcall("random_get", 29).once());
    let says = || {
        plugin.take_log();
        plugin.advance(Duration::from_secs(5));
        plugin.take_log().len()
    };
    assert_eq!((says(), says()), (0, 1));
}

#[test]
fn a_fault_can_be_there_while_the_plugin_starts() {
    let fault =
        |fault| vm("filters/http-config.wasm").plugin().configuration("a").fault(fault).start();
    let unreadable = Fault::hostcall("proxy_get_buffer_bytes", Status::NotFound as u32);
    // In each VM, so in the first that is configured.
    let refused = |started: Result<Plugin, Error>| match started {
        Err(Error::Refused(refusal)) => refusal.to_string(),
        other => panic!("{other:?}"),
    };
    let why = "Failed to configure base Wasm plugin (proxy_on_configure returned 0)";
    assert_eq!(refused(fault(unreadable.clone())), why);
    assert_eq!(refused(fault(unreadable.once())), why);
    assert_eq!(refused(fault(Fault::allocator_refuses())), why);
    let trap = "Function: proxy_on_memory_allocate failed: Uncaught RuntimeError: unreachable";
    assert!(refused(fault(Fault::allocator_traps())).starts_with(trap));
    assert!(fault(Fault::hostcall("proxy_log", 2)).is_ok(), "it does not log");
}

#[test]
fn an_allocator_refuses_or_traps() {
    for build in ["copy-path.wasm", "copy-path.plain.wasm"] {
        let plugin = start(&format!("guests/{build}"));
        plugin.faults().inject(Fault::allocator_refuses().nth(2));
        assert_eq!([(); 3].map(|()| x_path(&plugin, "/")), ["/", "error", "/"]);
        let allocations = plugin.stats().allocations;
        assert_eq!(allocations, 2, "the one that refuses is not called");

        plugin.faults().inject(Fault::allocator_traps());
        assert_eq!(status(&open(&plugin, "/", End::Yes)), Some(503));
        let trap = "Function: proxy_on_memory_allocate failed: Uncaught RuntimeError: unreachable";
        assert_eq!(plugin.errors(), [trap]);
    }
}

#[test]
fn memory_stops_growing() {
    let large = "x".repeat(100_000);
    for build in ["copy-path.wasm", "copy-path.plain.wasm"] {
        let plugin = start(&format!("guests/{build}"));
        plugin.faults().inject(Fault::memory_stops_growing());
        assert_eq!(x_path(&plugin, &large), "error", "{build}");
        assert_eq!(x_path(&plugin, "/"), "/", "{build}");
        assert_eq!(plugin.stats().pages, 1, "{build}");
        plugin.faults().clear();
        assert_eq!(x_path(&plugin, &large), large, "{build}");
        assert_eq!(plugin.stats().pages, 2, "{build}");
    }
    // What a module begins with is not grown.
    let fault = Fault::memory_stops_growing();
    let plugin = vm("guests/copy-path.wasm").plugin().fault(fault).start().expect("it starts");
    assert_eq!(plugin.faults().struck(), 0);
}

/// What `redact` masks is the same wherever a body is cut.
#[test]
fn a_masked_body_is_the_same_in_chunks_of_any_size() {
    let body = b"\xff<jane.doe@example.com> 4111-1111 1111-1111, top secret\x80 4111111111111112";
    let masked = b"\xff<********************> ****-**** ****-****, **********\x80 4111111111111112";
    for build in ["redact.wasm", "redact.plain.wasm"] {
        let vm = Vm::load(module(&format!("filters/{build}"))).expect("a module");
        let configuration = r#"{ "request": true, "literals": ["top secret"] }"#;
        for size in 1..=body.len() + 1 {
            let plugin = vm.plugin().configuration(configuration).start().expect("it starts");
            plugin.faults().inject(Fault::chunks_of(size));
            let mut http = open(&plugin, "/", End::No);
            http.request_body(body, End::Yes);
            let upstream = http.upstream().expect("it passes");
            let passed = (upstream.body.as_slice(), upstream.ended);
            assert_eq!(passed, (&masked[..], true), "{build}, {size}");
        }
    }
}

/// A body is the same in chunks of any size.
#[test]
fn chunks_are_of_any_size() {
    let body = b"a word, another word, and a secret";
    for size in 1..=body.len() + 1 {
        let plugin = start("guests/mixed.wasm");
        plugin.faults().inject(Fault::chunks_of(size));
        let mut http = open(&plugin, "/", End::No);
        http.request_body(body, End::Yes);
        let upstream = http.upstream().expect("it passes");
        assert_eq!((upstream.body.as_slice(), upstream.ended), (&body[..], true));
        let called = |trace: &Trace, name| {
            trace.callbacks.iter().filter(|callback| callback.name == name).count()
        };
        let chunks = called(&plugin.take_trace(), "proxy_on_request_body");
        assert_eq!(chunks, body.len().div_ceil(size));

        let plugin = start("filters/http-body.wasm");
        plugin.faults().inject(Fault::chunks_of(size));
        let headers = [(":status", "200")];
        let answer = Answer::upstream(headers, body);
        let response = plugin.exchange(&Request::get("/"), &answer).response.expect("a response");
        assert_eq!(response.body, b"Original message body (34 bytes) redacted.\n");
    }
}

#[test]
fn connections_have_chunks_too() {
    let plugin = start("guests/connections.wasm");
    plugin.faults().inject(Fault::chunks_of(2));
    let mut tcp = plugin.tcp("127.0.0.1:4711", "auth");
    tcp.downstream_data("pings", End::No);
    // The first byte of each chunk is replaced.
    assert_eq!(tcp.upstream(), (b"<i<g<".to_vec(), false));
    tcp.upstream_data("pong", End::Yes);
    assert_eq!(tcp.downstream(), (b"po>ng".to_vec(), true));
}

/// An error that is let out is logged, with the status that there was.
#[test]
fn an_error_is_logged_with_any_status() {
    let plugin = start("guests/errors.wasm");
    plugin.faults().inject(Fault::hostcall("proxy_get_header_map_value", 4_000_000_000).once());
    let http = open(&plugin, "/", End::Yes);
    assert_eq!(status(&http), Some(500));
    let line = plugin.take_log().swap_remove(0);
    let message = "on_request_headers: status 4000000000".to_owned();
    assert_eq!((line.level, line.message), (LogLevel::Error, message));
}

#[test]
#[should_panic = "there is no hostcall proxy_lgo that has a status; did you mean proxy_log?"]
fn a_hostcall_that_does_not_exist_has_no_fault() {
    Fault::hostcall("proxy_lgo", 1);
}

#[test]
#[should_panic = "the first time is 1"]
fn there_is_no_zeroth_time() {
    let _ = Fault::allocator_refuses().nth(0);
}

#[test]
#[should_panic = "a chunk has a byte at least"]
fn there_are_no_empty_chunks() {
    Fault::chunks_of(0);
}
