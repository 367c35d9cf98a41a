//! Modules that are valid and that nobody would write, with the functions that a host calls, and those that it has.

use std::fmt::Write as _;
use std::sync::LazyLock;

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};

use super::modules;
use crate::hostcalls::{HOSTCALLS, Part};

/// Loops and calls, after which a callback stops.
const FUEL: u32 = 1000;

static IMPORTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut text = "(module".to_owned();
    for (module, name, parts) in HOSTCALLS {
        let types: Vec<_> = parts.iter().copied().map(Part::types).collect();
        let _ = write!(
            text,
            r#"(import "{module}" "{name}" (func (param {}) (result i32)))"#,
            types.join(" ")
        );
    }
    wat::parse_str(text + ")").expect("valid WAT")
});

static EXPORTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let text = r#"(module
        (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "proxy_on_memory_allocate") (param i32) (result i32) unreachable)
        (func (export "proxy_on_context_create") (param i32 i32))
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32) unreachable)
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) unreachable)
        (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) unreachable)
        (func (export "proxy_on_log") (param i32))
        (func (export "proxy_on_delete") (param i32)))"#;
    wat::parse_str(text).expect("valid WAT")
});

pub(super) fn check(bytes: &[u8]) {
    let config = Config {
        available_imports: Some(IMPORTS.clone()),
        exports: Some(EXPORTS.clone()),
        max_memory32_bytes: 4 << 20,
        max_table_elements: 1000,
        ..Config::default()
    };
    let Ok(mut module) = Module::new(config, &mut Unstructured::new(bytes)) else { return };
    if module.ensure_termination(FUEL).is_ok() {
        modules::check(&module.to_bytes());
    }
}
