//! Plugins that hand over addresses outside their memory, or make hostcalls at the wrong time: the test is told
//! which callback and which hostcall it was.

use whit_test::{Answer, Plugin, Request, Vm};

fn plugin(body: &str) -> Plugin {
    let wat = format!(
        r#"(module
            (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
            (import "env" "proxy_get_header_map_value"
                (func $get (param i32 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 16) ":path")
            (func (export "proxy_abi_version_0_2_1"))
            {body})"#
    );
    let module = wat::parse_str(wat).expect("WAT");
    Vm::new(&module).expect("a module").plugin().start().expect("it starts")
}

fn misuses(plugin: &Plugin) -> Vec<String> {
    let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
    assert_eq!(exchange.response.and_then(|response| response.status()), Some(200));
    assert_eq!(plugin.errors(), [""; 0]);
    plugin.misuses().iter().map(ToString::to_string).collect()
}

const NO_ALLOCATOR: &str =
    r#"(func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)"#;

#[test]
fn what_is_read_outside_the_memory() {
    let plugin = plugin(&format!(
        r#"{NO_ALLOCATOR}
        (func (export "proxy_on_log") (param i32)
            (drop (call $log (i32.const 2) (i32.const 65530) (i32.const 7)))
            (drop (call $log (i32.const 2) (i32.const 65530) (i32.const 6)))
            (drop (call $log (i32.const 2) (i32.const -1) (i32.const -1))))"#
    ));
    assert_eq!(
        misuses(&plugin),
        [
            "proxy_on_log: proxy_log: 7 bytes at 65530 lie outside the memory, which has 65536",
            "proxy_on_log: proxy_log: 4294967295 bytes at 4294967295 lie outside the memory, \
             which has 65536",
        ]
    );
}

#[test]
fn where_an_allocator_or_an_out_parameter_points() {
    let get = r#"(drop (call $get (i32.const 0) (i32.const 16) (i32.const 5)
        (i32.const OUT) (i32.const 8)))"#;
    let callback = |out: &str| {
        let get = get.replace("OUT", out);
        format!(
            r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                {get} i32.const 0)"#
        )
    };
    let refuses = plugin(&format!("{NO_ALLOCATOR}{}", callback("4")));
    assert_eq!(misuses(&refuses), [""; 0], "an allocator may refuse");

    let beyond = NO_ALLOCATOR.replace("i32.const 0)", "i32.const 65536)");
    assert_eq!(
        misuses(&plugin(&format!("{beyond}{}", callback("4")))),
        ["proxy_on_request_headers: proxy_get_header_map_value: 1 bytes at 65536, where the \
          allocator put them, lie outside the memory, which has 65536"]
    );

    let within = NO_ALLOCATOR.replace("i32.const 0)", "i32.const 1024)");
    assert_eq!(
        misuses(&plugin(&format!("{within}{}", callback("65534")))),
        ["proxy_on_request_headers: proxy_get_header_map_value: 4 bytes at 65534 lie outside the \
          memory, which has 65536"]
    );
}

#[test]
fn only_the_first_hundred_are_kept() {
    let plugin = plugin(&format!(
        r#"{NO_ALLOCATOR}
        (func (export "proxy_on_log") (param i32) (local $n i32)
            (loop $again
                (drop (call $log (i32.const 2) (i32.const 65536) (i32.const 1)))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $n) (i32.const 1000)))))"#
    ));
    assert_eq!(misuses(&plugin).len(), 100);
}

#[test]
fn what_is_called_while_the_allocator_runs() {
    let plugin = plugin(
        r#"(func (export "proxy_on_memory_allocate") (param i32) (result i32)
            (drop (call $get (i32.const 0) (i32.const 16) (i32.const 5) (i32.const 4) (i32.const 8)))
            i32.const 1024)
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $get (i32.const 0) (i32.const 16) (i32.const 5) (i32.const 4) (i32.const 8)))
            i32.const 0)"#,
    );
    let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
    assert_eq!(exchange.response.and_then(|response| response.status()), Some(503));
    assert_eq!(
        plugin.misuses().iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "proxy_on_memory_allocate: proxy_get_header_map_value: it may not be made while a module \
          starts or its allocator runs"
        ]
    );
}

#[test]
fn what_is_called_while_the_module_starts() {
    let wat = r#"(module
        (import "env" "proxy_done" (func $done (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) i32.const 0)
        (func (export "_initialize") (drop (call $done))))"#;
    let module = wat::parse_str(wat).expect("WAT");
    let error = Vm::new(&module).expect("a module").plugin().start().expect_err("it is refused");
    let error = error.to_string();
    assert!(
        error.contains("_initialize: proxy_done: it may not be made while a module"),
        "{error}"
    );
}
