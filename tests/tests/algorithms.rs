//! What the filter `jwt` takes with each algorithm: stack and instructions.

mod common;

use common::{module, root};
use whit_test::case::CaseFile;
use whit_test::{Stats, observe_with};

/// The most that the first cases of a file use of the stack, and the instructions of the first case's request.
fn measure(built: &str, cases: &str) -> (u64, u64) {
    let module = std::fs::read(module(built)).expect("a module");
    let file = CaseFile::read(root().join("filters/jwt").join(cases)).expect("cases");
    let mut stack = 0;
    let mut first = None;
    for case in file.cases.iter().take(4) {
        let (_, plugin) = observe_with(&module, case, |plugin| plugin.stack_measured());
        let Ok(plugin) = plugin else { continue };
        let Stats { stack_bytes, .. } = plugin.stats();
        stack = stack.max(stack_bytes.expect("it has a stack"));
        first.get_or_insert(plugin.most("proxy_on_request_headers").instructions);
    }
    (stack, first.expect("a case that starts"))
}

/// An eighth of the stack is never used, and requests are as cheap as the README says.
#[test]
fn an_algorithm_has_more_stack_than_it_needs() {
    for (built, cases, size, most) in [
        ("filters/jwt.wasm", "cases.toml", 4096, 120_000),
        ("featured/jwt-rs256.wasm", "cases-rs256.toml", 16_384, 25_000_000),
        ("featured/jwt-es256.wasm", "cases-es256.toml", 8192, 25_000_000),
        ("featured/jwt-all.wasm", "cases-all.toml", 16_384, 25_000_000),
    ] {
        let (stack, instructions) = measure(built, cases);
        println!("{built}: {stack} bytes of stack, {instructions} instructions");
        assert!(stack * 8 <= size * 7, "{built}: {stack} bytes of stack of {size}");
        assert!(instructions <= most, "{built}: {instructions} instructions");
    }
}
