//! Guests that mean harm, or have gone wrong: each is refused or stopped, with an error that says what was too
//! much, in bounded time and memory. What bounds them is in the documentation of `whit_test`.

mod code;
mod floods;
mod modules;
mod pointers;
mod turns;

use whit_test::{Answer, Error, Plugin, Request, Vm};

/// How many instructions a callback may run.
const INSTRUCTIONS: u64 = 1_000_000_000;
/// What a stopped callback says, and a start function.
const OUT_OF_FUEL: &str = "stopped after 1000000000 instructions";
const OVER_BUDGET: &str = "stopped after hostcalls as costly as moving 268435456 bytes";

/// A module with what every plugin has, and with these fields. Imports come first.
fn guest(fields: &str) -> Vec<u8> {
    let wat = format!(
        r#"(module {fields}
            (func (export "proxy_abi_version_0_2_1"))
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096))"#
    );
    wat::parse_str(wat).expect("valid WAT")
}

/// A callback of request headers that does this.
fn on_request(body: &str) -> String {
    format!(
        r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (local $n i32) {body} i32.const 0)"#
    )
}

/// This again and again.
fn for_ever(body: &str) -> String {
    format!("(loop $again {body} (br $again))")
}

fn start(module: &[u8]) -> Plugin {
    Vm::new(module).expect("a module").plugin().cluster("a").start().expect("it starts")
}

/// What stops the guest in the first request.
fn stops(fields: &str) -> String {
    let plugin = start(&guest(fields));
    request(&plugin);
    stopped(&plugin)
}

/// One request, which fails.
fn request(plugin: &Plugin) {
    let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    let status = exchange.response.and_then(|response| response.status());
    assert_eq!(status, Some(503), "{:?}", plugin.errors());
}

/// The one thing that has stopped it.
fn stopped(plugin: &Plugin) -> String {
    let errors = plugin.errors();
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    let (_, reason) = error.split_once(" failed: ").expect("a function fails");
    // The rest is where it was.
    let reason = reason.lines().next().expect("a line");
    assert!(plugin.most("proxy_on_request_headers").instructions <= INSTRUCTIONS + 1000);
    reason.to_owned()
}

/// Why a module is not taken, in one sentence.
fn refused(module: &[u8]) -> String {
    match Vm::new(module).and_then(|vm| vm.plugin().start()) {
        Err(Error::Refused(refusal)) => refusal.to_string(),
        other => panic!("{other:?}"),
    }
}
