//! Code that does not end, or takes all the memory that it can.

use super::*;

const PAGES: &str = r#"(memory (export "memory") 1)"#;

#[test]
fn loops_are_stopped_wherever_they_are() {
    let endless = for_ever("");
    for (name, takes) in [
        ("_initialize", ""),
        ("_start", ""),
        ("proxy_on_vm_start", "(param i32 i32) (result i32)"),
        ("proxy_on_configure", "(param i32 i32) (result i32)"),
    ] {
        let why =
            refused(&guest(&format!(r#"(func (export "{name}") {takes} {endless} unreachable)"#)));
        let begin = format!("Function: {name} failed: {OUT_OF_FUEL}");
        assert!(why.starts_with(&begin), "{why}");
    }
    let why = refused(&guest(&format!("(func $start {endless}) (start $start)")));
    assert!(why.ends_with(&format!("({OUT_OF_FUEL})")), "{why}");
    assert_eq!(stops(&on_request(&endless)), OUT_OF_FUEL);
}

#[test]
fn an_allocator_that_does_not_end_is_stopped() {
    let get = "(call $get (i32.const 0) (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 4))";
    let (endless, on_request) = (for_ever(""), on_request(&format!("(drop {get})")));
    let module = wat::parse_str(format!(
        r#"(module
            (import "env" "proxy_get_header_map_value"
                (func $get (param i32 i32 i32 i32 i32) (result i32)))
            {PAGES} (data (i32.const 16) ":path")
            (func (export "proxy_abi_version_0_2_1"))
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) {endless} unreachable)
            {on_request})"#,
    ));
    let plugin = start(&module.expect("valid WAT"));
    request(&plugin);
    let why = format!("Function: proxy_on_memory_allocate failed: {OUT_OF_FUEL}");
    assert_eq!(plugin.errors()[0], why);
}

#[test]
fn recursion_is_stopped() {
    let overflow = "Uncaught RangeError: Maximum call stack size exceeded";
    let locals = "(local i64 i64 i64 i64)".repeat(1000);
    for (deep, call) in [
        ("", "call $deep"),
        (locals.as_str(), "call $deep"),
        ("(local i64)", "(call_indirect (i32.const 0))"),
    ] {
        let table = "(table 1 funcref) (elem (i32.const 0) $deep)";
        let deep = format!("{table} (func $deep {deep} {call})");
        assert_eq!(stops(&format!("{deep} {}", on_request("call $deep"))), overflow);
    }
}

/// Grows until it can grow no more, then lets the request pass.
fn grows(fields: &str, grow: &str) -> Plugin {
    let grows = format!("(loop $again (br_if $again (i32.ne ({grow}) (i32.const -1))))");
    let plugin = start(&guest(&format!("{fields} {}", on_request(&grows))));
    let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(exchange.response.and_then(|response| response.status()), Some(200));
    plugin
}

#[test]
fn memories_grow_to_a_gibibyte() {
    let grow = "memory.grow (i32.const 1000)";
    assert_eq!(grows(PAGES, grow).stats().pages, 16_001);
    // What others of the VM have counts.
    let four = format!("(memory $a 3000) (memory $b 3000) (memory $c 3000) {PAGES}");
    assert_eq!(grows(&four, "memory.grow 3 (i32.const 1000)").stats().pages, 7001);
}

#[test]
fn tables_grow_to_ten_million_elements() {
    let grow = "table.grow $t (ref.null func) (i32.const 1000000)";
    let told = "(i32.store 3 (i32.const 0) (table.size $t))";
    let _ = told;
    let plugin = grows("(table $t 1 funcref)", grow);
    let instructions = plugin.most("proxy_on_request_headers").instructions;
    assert!((9_000_000..11_100_000).contains(&instructions), "{instructions}");
    let two = "(table $t 1 funcref) (table $u 9000000 funcref)";
    let plugin = grows(two, grow);
    assert!(plugin.most("proxy_on_request_headers").instructions < 3_000_000);
}

/// A byte is an instruction.
#[test]
fn what_is_filled_and_copied_counts() {
    let memory = r#"(memory (export "memory") 16384)"#;
    for bulk in ["fill", "copy"] {
        let bulk = format!("(memory.{bulk} (i32.const 0) (local.get 1) (i32.const 0x3fff0000))");
        assert_eq!(stops(&format!("{memory} {}", on_request(&for_ever(&bulk)))), OUT_OF_FUEL);
    }
}

#[test]
fn bulk_instructions_out_of_bounds_trap() {
    let outside = "Uncaught RuntimeError: memory access out of bounds";
    for bulk in [
        "memory.fill (i32.const 65535) (i32.const 0) (i32.const 2)",
        "memory.copy (i32.const 0) (i32.const 1) (i32.const 65536)",
        "memory.copy (i32.const -1) (i32.const -1) (i32.const 1)",
        "memory.init $d (i32.const 0) (i32.const 0) (i32.const 4)",
    ] {
        let fields = format!("{PAGES} (data $d \"abc\") {}", on_request(&format!("({bulk})")));
        assert_eq!(stops(&fields), outside, "{bulk}");
    }
}
