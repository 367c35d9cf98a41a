//! What `whit_test::check` says of modules, and `whit-check`, the program behind `cargo xtask check`.

#[path = "../common/mod.rs"]
mod common;
mod envoy;
mod ngx;
mod parts;
mod program;

use whit_test::check::{Host, HostReport, Report};

const MARKER: &str = r#"(func (export "proxy_abi_version_0_2_1"))"#;
const ALLOCATOR: &str =
    r#"(func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)"#;
const MEMORY: &str = r#"(memory (export "memory") 1)"#;
const LOG: &str = r#"(import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))"#;

/// Imports come first.
fn module(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {fields} {MARKER} {ALLOCATOR})")).expect("valid WAT")
}

fn says(module: &[u8], host: Host) -> HostReport {
    Report::of(module).host(host).clone()
}
