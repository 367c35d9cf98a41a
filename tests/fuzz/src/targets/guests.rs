//! Guests that make any calls with any memory: the runner answers each, and its trace can be read.

use std::fmt::Write as _;

use whit_test::PluginBuilder;
use whit_test::case::{Case, CaseRequest};
use whit_test::observe_with;

use crate::hostcalls::{HOSTCALLS, Part};
use crate::input::Input;

/// Where calls are made: the callback, what it takes besides its context, and what it returns.
const CALLBACKS: [(&str, &str, &str); 6] = [
    ("proxy_on_vm_start", "i32", "i32.const 1"),
    ("proxy_on_request_headers", "i32 i32", "i32.const 0"),
    ("proxy_on_request_body", "i32 i32", "i32.const 0"),
    ("proxy_on_response_headers", "i32 i32", "i32.const 0"),
    ("proxy_on_log", "", ""),
    ("proxy_on_http_call_response", "i32 i32 i32 i32", ""),
];

/// Where the memory that the input gives begins, and where the host writes.
const DATA: usize = 1024;
const OUT: usize = 512;

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut callbacks = String::new();
    let mut calls = [0; HOSTCALLS.len()];
    for (name, takes, returns) in CALLBACKS {
        let gives = if returns.is_empty() { "" } else { "(result i32)" };
        let _ = write!(callbacks, "(func (export \"{name}\") (param i32 {takes}) {gives}");
        for _ in 0..input.below(4) {
            let which = input.below(HOSTCALLS.len());
            calls[which] += 1;
            call(&mut callbacks, which, &mut input);
        }
        let _ = write!(callbacks, " {returns})");
    }
    let allocated = if input.byte() < 200 { 4096 } else { input.number() as u32 };
    let data: String = input.rest().iter().map(|byte| format!("\\{byte:02x}")).collect();
    let module = format!(
        r#"(module {} (memory (export "memory") 1) (data (i32.const {DATA}) "{data}")
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const {})
        {callbacks})"#,
        imports(&calls),
        allocated.cast_signed(),
    );
    run(&wat::parse_str(&module).unwrap_or_else(|error| panic!("{error}: {module}")));
}

/// The functions that are called.
fn imports(calls: &[usize]) -> String {
    let mut text = String::new();
    for (which, (module, name, parts)) in HOSTCALLS.iter().enumerate() {
        if calls[which] > 0 {
            let types: Vec<_> = parts.iter().copied().map(Part::types).collect();
            let types = types.join(" ");
            let _ = write!(
                text,
                r#"(import "{module}" "{name}" (func $h{which} (param {types}) (result i32)))"#
            );
        }
    }
    text
}

fn call(text: &mut String, which: usize, input: &mut Input<'_>) {
    let (_, _, parts) = HOSTCALLS[which];
    for part in parts {
        let words: &[u64] = match part {
            Part::Number | Part::Long => &[number(input)],
            Part::Bytes | Part::Field | Part::Map => {
                &[number(input).wrapping_add(DATA as u64), number(input)]
            }
            Part::Returned => &[OUT as u64, OUT as u64 + 4],
            Part::Word | Part::LongWord => &[number(input).wrapping_add(OUT as u64 + 8)],
            Part::Room => &[OUT as u64, number(input)],
        };
        for (word, ty) in words.iter().zip(part.types().split(' ')) {
            let word = if ty == "i32" { word & 0xffff_ffff } else { *word };
            let _ = write!(text, " {ty}.const {word}");
        }
    }
    let _ = write!(text, " call $h{which} drop");
}

/// A small one, or any.
fn number(input: &mut Input<'_>) -> u64 {
    match input.byte() {
        small @ 0..=239 => small.into(),
        240..=247 => u64::from(input.byte()) << 8,
        _ => input.number(),
    }
}

fn run(module: &[u8]) {
    let request =
        CaseRequest { method: "POST".to_owned(), body: "abc".into(), ..Case::get().request };
    let case = Case { request, ..Case::get() };
    let prepare = |builder: PluginBuilder| builder.cluster("a").traced();
    let (observed, plugin) = observe_with(module, &case, prepare);
    assert!(observed.refused.is_some() || observed.streams.len() == 1);
    if let Ok(plugin) = plugin {
        let trace = plugin.take_trace().to_string();
        assert!(trace.contains("proxy_on_request_headers"), "{trace}");
        plugin.shut_down();
    }
}
