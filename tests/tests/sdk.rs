//! The SDK in a VM: what unit tests on the host cannot show.

mod common;

use common::module;
use whit_test::{End, Plugin, Vm};

fn copy_path(file: &str) -> Plugin {
    let path = module(&format!("guests/{file}"));
    Vm::load(path).expect("a module").plugin().start().expect("it starts")
}

/// What upstream got as `x-path` for a request with this path.
fn x_path(plugin: &mut Plugin, path: &str) -> Vec<u8> {
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
        let mut plugin = copy_path(build);
        assert_eq!(plugin.boot_stats().pages, 1, "{build}");
        for path in ["/", "/a?b=c", &"/long".repeat(1000)] {
            assert_eq!(x_path(&mut plugin, path), path.as_bytes(), "{build}");
        }
    }
}

#[test]
fn the_arena_is_rewound_when_a_callback_ends() {
    for build in BUILDS {
        let mut plugin = copy_path(build);
        // 100 MB in all.
        let path = "/path".repeat(2000);
        for _ in 0..10_000 {
            x_path(&mut plugin, &path);
        }
        assert_eq!(plugin.stats().pages, 1, "{build}");
    }
}

#[test]
fn the_arena_grows_as_far_as_one_callback_needs_and_serves_the_next_from_there() {
    for build in BUILDS {
        let mut plugin = copy_path(build);
        let large = "x".repeat(300_000);
        for _ in 0..10 {
            assert_eq!(x_path(&mut plugin, &large), large.as_bytes(), "{build}");
        }
        // 300,000 bytes and what lies before them.
        assert_eq!(plugin.stats().pages, 5, "{build}");
        assert_eq!(x_path(&mut plugin, "/"), b"/", "{build}");
    }
}

#[test]
fn an_empty_value_and_an_absent_one_differ() {
    let mut plugin = copy_path("copy-path.wasm");
    assert_eq!(x_path(&mut plugin, ""), b"");
    let mut http = plugin.http();
    http.request_headers([(":method", "GET")], End::Yes);
    let upstream = http.upstream().expect("the headers pass");
    assert_eq!(upstream.headers.get("x-path"), Some(&b"none"[..]));
}

/// A value with CR LF is refused by the SDK: the plugin stops the stream.
#[test]
fn what_could_split_a_message_is_not_written() {
    let mut plugin = copy_path("copy-path.wasm");
    let mut http = plugin.http();
    http.request_headers([(":path", "/a\r\nx-evil: 1")], End::Yes);
    assert_eq!(http.upstream(), None);
}
