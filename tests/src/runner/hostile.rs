//! Guests that mean harm: whatever they hand to whichever hostcall, at whatever time, the host neither panics nor
//! hangs.

use std::fmt::Write as _;

use super::abi::AbiVersion;
use super::builder::PluginBuilder;
use super::code::Offered;
use super::observe::observe_with;
use crate::case::Case;

/// Addresses, sizes, ids and flags: of what is there, at the edge of it, and beyond all.
const WORDS: [u64; 14] = [
    0,
    1,
    2,
    3,
    8,
    64,
    1024,
    65_535,
    65_536,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
    0xffff_ffff_ffff_ffff,
];

/// Where each of them is made.
const CALLBACKS: [(&str, &str, &str); 9] = [
    ("_initialize", "", ""),
    ("proxy_on_context_create", "i32 i32", ""),
    ("proxy_on_vm_start", "i32 i32", "i32.const 1"),
    ("proxy_on_configure", "i32 i32", "i32.const 1"),
    ("proxy_on_request_headers", "HEADERS", "i32.const 0"),
    ("proxy_on_request_body", "i32 i32 i32", "i32.const 0"),
    ("proxy_on_response_headers", "HEADERS", "i32.const 0"),
    ("proxy_on_log", "i32", ""),
    ("proxy_on_done", "i32", "i32.const 1"),
];

/// A module that makes one hostcall with many arguments in each of its callbacks. In a half of them the allocator
/// works; all of it is the same in every run.
fn module(abi: AbiVersion, name: &str, random: &mut impl FnMut() -> u64) -> String {
    let signature = Offered::to(abi).signature(name).expect("it is offered");
    let (module, function) = name.split_once('.').expect("a module and a name");
    let (params, results) = (signature.params(), signature.results());
    let params_text = params.join(" ");
    let results_text: Vec<_> = results.iter().map(|ty| format!("(result {ty})")).collect();
    let allocated = if random().is_multiple_of(2) { 4096 } else { random() % 70_000 };
    let mut text = format!(
        r#"(module
        (import "{module}" "{function}" (func $call (param {params_text}) {}))
        (memory (export "memory") 1)
        ;; Headers that a callout has, and its cluster.
        (data (i32.const 0) "a\00\00\00\00\00\00\00\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\01\00\00\00:method\00GET\00:path\00/\00:authority\00a\00")
        (func (export "{}"))
        (func (export "malloc") (param i32) (result i32) i32.const {allocated})"#,
        results_text.join(" "),
        abi.marker(),
    );
    for (callback, takes, returns) in CALLBACKS {
        let headers = if abi == AbiVersion::V0_1_0 { "i32 i32" } else { "i32 i32 i32" };
        let takes = takes.replace("HEADERS", headers);
        let gives = if returns.is_empty() { "" } else { "(result i32)" };
        let _ = write!(text, "\n(func (export \"{callback}\") (param {takes}) {gives}");
        for _ in 0..3 {
            for ty in params {
                let word = WORDS[random() as usize % WORDS.len()];
                let word = if *ty == "i32" { word & 0xffff_ffff } else { word };
                let _ = write!(text, " {ty}.const {word}");
            }
            let _ = write!(text, " call $call{}", " drop".repeat(results.len()));
        }
        let _ = write!(text, " {returns})");
    }
    text.push(')');
    text
}

/// `HOSTILE_ROUNDS` makes it longer.
#[test]
fn no_argument_of_any_hostcall_harms_the_host() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 16
    };
    let case = Case { request: post(), ..Case::get() };
    let rounds: u32 = match std::env::var("HOSTILE_ROUNDS") {
        Ok(rounds) => rounds.parse().expect("a number of rounds"),
        Err(_) => 1,
    };
    for abi in AbiVersion::ALL {
        for name in Offered::to(abi).names() {
            for _ in 0..rounds {
                let module = wat::parse_str(module(abi, name, &mut random)).expect("valid WAT");
                let cluster = |builder: PluginBuilder| builder.cluster("a").traced();
                let (observed, plugin) = observe_with(&module, &case, cluster);
                assert!(observed.refused.is_some() || !observed.streams.is_empty(), "{name}");
                if let Ok(plugin) = plugin {
                    // What it handed over can be shown as well.
                    let _ = plugin.take_trace().to_string();
                    plugin.shut_down();
                }
            }
        }
    }
}

/// Whatever lies outside the memory is neither read nor written.
#[test]
fn what_lies_outside_is_refused() {
    use crate::runner::trace::Value;

    let case = Case { request: post(), ..Case::get() };
    let mut refused = 0;
    let abi = AbiVersion::V0_2_1;
    for name in Offered::to(abi).names() {
        // 65,535 and the largest number: each is too much as an address with itself as a size.
        for word in [7, 12] {
            let module = wat::parse_str(module(abi, name, &mut || word)).expect("valid WAT");
            let (_, plugin) = observe_with(&module, &case, PluginBuilder::traced);
            let Ok(plugin) = plugin else { continue };
            let trace = plugin.take_trace();
            for call in trace.hostcalls() {
                let is_outside = |value: &Value| matches!(value, Value::Outside { .. });
                if call.args.iter().any(|arg| is_outside(&arg.value)) {
                    assert_ne!(call.status(), Some(0), "{name}: {call:?}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

fn post() -> crate::case::CaseRequest {
    crate::case::CaseRequest {
        method: "POST".to_owned(),
        body: "abc".into(),
        ..Case::get().request
    }
}
