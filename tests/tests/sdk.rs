//! The SDK in a VM: what unit tests on the host cannot show.

mod common;

use common::module;
use whit_test::{AbiVersion, Answer, End, Plugin, Request, Vm};

fn guest(file: &str) -> Plugin {
    let path = module(&format!("guests/{file}"));
    Vm::load(path).expect("a module").plugin().start().expect("it starts")
}

/// What upstream got as `x-path` for a request with this path.
fn x_path(plugin: &Plugin, path: &str) -> Vec<u8> {
    let mut http = plugin.http();
    http.request_headers([(":method", "GET"), (":path", path), (":authority", "a")], End::Yes);
    let upstream = http.upstream().expect("the headers pass");
    upstream.headers.get("x-path").expect("the plugin adds it").to_vec()
}

/// Before and after pruning.
const BUILDS: [&str; 2] = ["copy-path.wasm", "copy-path.plain.wasm"];

#[test]
fn bytes_of_the_host_come_through_the_arena() {
    for build in BUILDS {
        let plugin = guest(build);
        assert_eq!(plugin.boot_stats().pages, 1, "{build}");
        for path in ["/", "/a?b=c", &"/long".repeat(1000)] {
            assert_eq!(x_path(&plugin, path), path.as_bytes(), "{build}");
        }
    }
}

#[test]
fn the_arena_is_rewound_when_a_callback_ends() {
    for build in BUILDS {
        let plugin = guest(build);
        // 100 MB in all.
        let path = "/path".repeat(2000);
        for _ in 0..10_000 {
            x_path(&plugin, &path);
        }
        assert_eq!(plugin.stats().pages, 1, "{build}");
    }
}

#[test]
fn the_arena_grows_as_far_as_one_callback_needs_and_serves_the_next_from_there() {
    for build in BUILDS {
        let plugin = guest(build);
        let large = "x".repeat(300_000);
        for _ in 0..10 {
            assert_eq!(x_path(&plugin, &large), large.as_bytes(), "{build}");
        }
        // 300,000 bytes and what lies before them.
        assert_eq!(plugin.stats().pages, 5, "{build}");
        assert_eq!(x_path(&plugin, "/"), b"/", "{build}");
    }
}

/// What another owner of memory has grown is not the arena's, and it grows no more itself.
#[test]
fn the_arena_leaves_the_pages_of_others_alone() {
    for build in ["grows-memory.wasm", "grows-memory.plain.wasm"] {
        let plugin = guest(build);
        let large = "x".repeat(100_000);
        assert_eq!(x_path(&plugin, "/"), b"/", "{build}");
        assert_eq!(x_path(&plugin, &large), b"refused", "{build}");
        assert_eq!(x_path(&plugin, "/"), b"/", "{build}");
        assert_eq!(plugin.stats().pages, 1 + 3, "{build}");
    }
}

#[test]
fn an_empty_value_and_an_absent_one_differ() {
    let plugin = guest("copy-path.wasm");
    assert_eq!(x_path(&plugin, ""), b"");
    let mut http = plugin.http();
    http.request_headers([(":method", "GET")], End::Yes);
    let upstream = http.upstream().expect("the headers pass");
    assert_eq!(upstream.headers.get("x-path"), Some(&b"none"[..]));
}

/// A value with CR LF is refused by the SDK: the plugin stops the stream.
#[test]
fn what_could_split_a_message_is_not_written() {
    let plugin = guest("copy-path.wasm");
    let mut http = plugin.http();
    http.request_headers([(":path", "/a\r\nx-evil: 1")], End::Yes);
    assert_eq!(http.upstream(), None);
}

#[test]
fn level_0_exports_what_it_says_and_its_expression_sees_the_configuration() {
    let path = module("guests/level-0.wasm");
    let vm = Vm::load(&path).expect("a module");
    assert_eq!(vm.abi_version(), AbiVersion::V0_1_0);
    for (configuration, accepts) in [("", true), ("four", true), ("five!", false)] {
        let started = vm.clone().configuration(configuration).plugin().start();
        assert_eq!(started.is_ok(), accepts, "{configuration:?}");
    }
}

/// The stack lies below the data, so what outgrows it leaves memory.
#[test]
fn a_stack_overflow_traps_and_a_build_script_gives_more() {
    for (guest, passes) in [("small-stack", false), ("large-stack", true)] {
        for build in ["wasm", "plain.wasm"] {
            let path = module(&format!("guests/{guest}.{build}"));
            let vm = Vm::load(path).expect("a module");
            let plugin = vm.plugin().start().expect("it starts");
            let mut http = plugin.http();
            http.request_headers([(":method", "GET")], End::Yes);
            let upstream = http.upstream();
            let bytes = upstream.as_ref().and_then(|upstream| upstream.headers.get("x-bytes"));
            assert_eq!(bytes, passes.then_some(&[b'a'; 6000][..]), "{guest} {build}");
            http.close();
            let trap = "Function: proxy_on_request_headers failed: Uncaught RuntimeError: memory access out of bounds";
            let errors = plugin.errors();
            let first = errors.first().and_then(|error| error.lines().next());
            assert_eq!(first, (!passes).then_some(trap), "{guest} {build}");
            assert_eq!(plugin.stats().pages, 1, "{guest} {build}");
        }
    }
}

#[test]
fn a_panic_is_a_trap_and_brings_no_formatting_code() {
    for build in ["panics.wasm", "panics.plain.wasm"] {
        let bytes = std::fs::metadata(module(&format!("guests/{build}"))).expect("a module").len();
        assert!(bytes < 400, "{build}: {bytes} bytes");
        let plugin = guest(build);
        let mut http = plugin.http();
        http.request_headers([(":method", "GET")], End::Yes);
        http.close();
        let first = plugin.errors()[0].lines().next().map(str::to_owned);
        let trap = "Function: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable";
        assert_eq!(first.as_deref(), Some(trap), "{build}");
    }
}

#[test]
fn a_body_is_read_and_rewritten_in_memory_that_is_used_again() {
    for build in ["filters/http-body.wasm", "filters/http-body.plain.wasm"] {
        let plugin =
            Vm::load(module(build)).expect("a module").plugin().start().expect("it starts");
        let body = [b"x".repeat(200_000), b"secret".to_vec()].concat();
        let mut pages = None;
        for _ in 0..100 {
            let answer = Answer::upstream([(":status", "200")], body.clone());
            let exchange = plugin.exchange(&Request::get("/"), &answer);
            let note = b"Original message body (200006 bytes) redacted.\n";
            assert_eq!(exchange.response.expect("a response").body, note, "{build}");
            let now = plugin.stats().pages;
            assert_eq!(*pages.get_or_insert(now), now, "{build}");
        }
        assert_eq!(pages, Some(4), "{build}");
    }
}
