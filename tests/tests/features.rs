//! What the features of the SDK change.

mod common;

use std::process::Command;

use common::{module, root, target};
use whit_test::{AbiVersion, Answer, Plugin, Request, Vm};

fn guest(file: &str) -> Plugin {
    let path = module(&format!("featured/{file}.wasm"));
    Vm::load(path).expect("a module").configuration("vm").plugin().start().expect("it starts")
}

fn lines(plugin: &Plugin) -> Vec<String> {
    plugin.take_log().into_iter().map(|line| line.message).collect()
}

#[test]
fn an_older_abi_has_its_own_marker_and_signatures() {
    for (file, abi, absent, end) in [
        ("features-abi-0-1-0", AbiVersion::V0_1_0, "empty", "no"),
        ("features-abi-0-2-0", AbiVersion::V0_2_0, "none", "yes"),
        ("features-log", AbiVersion::V0_2_1, "none", "yes"),
    ] {
        let vm = Vm::load(module(&format!("featured/{file}.wasm"))).expect("a module");
        assert_eq!(vm.abi_version(), abi, "{file}");
        assert!(vm.plugin().configuration("refuse").start().is_err(), "{file}");
        let plugin = guest(file);
        let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
        let upstream = exchange.upstream.expect("the request passes").headers;
        assert_eq!(upstream.get("x-absent"), Some(absent.as_bytes()), "{file}");
        assert_eq!(upstream.get("x-end"), Some(end.as_bytes()), "{file}");
        let response = exchange.response.expect("a response").headers;
        assert_eq!(response.get("x-seen"), Some(&b"yes"[..]), "{file}");
        assert!(lines(&plugin).iter().any(|line| line.starts_with('#')), "{file}");
    }
}

#[test]
fn what_is_logged_through_the_crate_log_reaches_the_host() {
    let plugin = guest("features-log");
    plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
    let id = plugin.context_id() + 1;
    assert_eq!(lines(&plugin), ["path \"/\"".to_owned(), "1.5".to_owned(), format!("#{id}")]);
    assert_eq!(plugin.stats().pages, 1);
}

#[test]
fn a_panic_says_where_and_why_with_the_feature_debug() {
    let plugin = guest("features-debug");
    let request = Request::get("/").header("x-index", "long");
    plugin.exchange(&request, &Answer::direct(200, ""));
    let lines = lines(&plugin);
    let panic = lines.last().expect("a line");
    assert!(panic.starts_with("panicked at tests/guests/features/src/lib.rs:"), "{panic}");
    assert!(panic.contains("the len is 3 but the index is 4"), "{panic}");
    assert!(plugin.errors()[0].contains("unreachable"), "{:?}", plugin.errors());
}

/// What `cargo xtask build-filters --debug` makes.
#[test]
fn a_debug_build_keeps_names_so_that_backtraces_can_be_read() {
    let path = module("guests/panics.debug.wasm");
    let plugin = Vm::load(path).expect("a module").plugin().start().expect("it starts");
    plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
    assert!(lines(&plugin)[0].starts_with("panicked at tests/guests/panics/src/lib.rs:"));
    let errors = plugin.errors();
    assert!(errors[0].contains("proxy_on_request_headers"), "{errors:?}");
    assert!(errors[0].contains("panick"), "{errors:?}");
}

/// Every size of what the host returns finds a place that no allocation has, and both keep working.
#[test]
fn the_arena_and_an_allocator_share_the_memory() {
    for allocator in ["talc", "lol_alloc", "wee_alloc"] {
        let path = module(&format!("featured/allocator-{allocator}.wasm"));
        let plugin = Vm::load(path).expect("a module").plugin().start().expect("it starts");
        let mut pages = None;
        for round in 0..20 {
            for size in [1, 1000, 70_000, 200_000, 10, 500_000] {
                let request = Request::get(&format!("/{}", "x".repeat(size)));
                let exchange = plugin.exchange(&request, &Answer::direct(200, ""));
                let upstream = exchange.upstream.expect("the request passes").headers;
                assert_eq!(upstream.get("x-same"), Some(&b"yes"[..]), "{allocator} {size}");
            }
            // wee_alloc leaks.
            if round > 2 && allocator != "wee_alloc" {
                let now = plugin.stats().pages;
                assert_eq!(*pages.get_or_insert(now), now, "{allocator}");
            }
        }
        // wee_alloc's hundred and twenty thousand allocations take three hundred.
        assert!(plugin.stats().pages < 500, "{allocator}: {}", plugin.stats().pages);
    }
}

/// The compiler says what is missing: without a feature that brings an allocator there is none.
#[test]
fn a_vec_without_an_allocator_does_not_compile() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(root()).args(["build", "--release", "--target", "wasm32-unknown-unknown"]);
    build.args(["--package", "allocator", "--example", "without", "--target-dir"]);
    let built = build.arg(target().join("featured")).output().expect("cargo runs");
    let stderr = String::from_utf8_lossy(&built.stderr);
    assert!(!built.status.success());
    let missing = "error: no global memory allocator found but one is required";
    assert!(stderr.lines().any(|line| line.starts_with(missing)), "{stderr}");
}
