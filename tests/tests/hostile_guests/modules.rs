//! Modules that are too large, or claim what nobody gives them.

use super::*;

#[test]
fn memory_that_is_claimed() {
    let memory = |pages: u32| refused(&guest(&format!(r#"(memory (export "memory") {pages})"#)));
    let too_many =
        |pages| format!("(the memory begins with {pages} pages, and may have 16384 (1 GiB))");
    for pages in [16_385, 65_536] {
        let why = memory(pages);
        assert!(why.ends_with(&too_many(pages)), "{why}");
    }
    let two = "(memory 16000) (memory 16000)";
    refused_for("the pages of its memories are 32000, and may be 16384", two);
    start(&guest("(memory 1 65536)"));
}

#[test]
fn tables_that_are_claimed() {
    let table = |elements: u32| guest(&format!("(table {elements} funcref)"));
    start(&table(10_000_000));
    for elements in [10_000_001, u32::MAX] {
        let why = refused(&table(elements));
        let told = format!("(a table begins with {elements} elements, and may have 10000000)");
        assert!(why.ends_with(&told), "{why}");
    }
    let hundred = "(table 5000000 funcref)".repeat(99);
    refused_for("the elements of its tables are 495000000, and may be 10000000", &hundred);
}

#[test]
fn segments_that_reach_far() {
    for segment in [
        r#"(memory 1) (data (i32.const -1) "a")"#,
        r#"(memory 1) (data (i32.const 65536) "a")"#,
        "(table 1 funcref) (func $f) (elem (i32.const -1) $f)",
    ] {
        let why = refused(&guest(segment));
        assert!(why.contains("a segment reaches beyond the memory or table"), "{why}");
    }
}

/// Compiles and runs, or is refused in words that end like this.
fn refused_for(what: &str, fields: &str) {
    let why = refused(&guest(fields));
    let told = format!("V8 runs its code in Envoy, and this runner does not: {what})");
    assert!(why.ends_with(&told), "{why}");
}

#[test]
fn many_functions() {
    refused_for("its functions are 100003, and may be 100000", &"(func)".repeat(100_001));
}

#[test]
fn many_exports() {
    let many: String = (0..20_000).map(|n| format!("(export \"{n}\" (func $f))")).collect();
    start(&guest(&format!("(func $f) {many}")));
}

#[test]
fn many_locals() {
    let many = |count| guest(&format!("(func (local {}))", "i64 ".repeat(count)));
    let why = refused(&many(50_001));
    assert!(why.contains("too many locals"), "{why}");
    start(&many(50_000));
}

#[test]
fn large_branch_tables() {
    let table = format!("(block (br_table {} (i32.const 0)))", "0 ".repeat(65_000));
    start(&guest(&format!("(func {})", table.repeat(4))));
}

#[test]
fn blocks_within_blocks() {
    let nested = |depth| format!("(func {} {})", "block ".repeat(depth), "end ".repeat(depth));
    start(&guest(&nested(5000)));
    refused_for("blocks within blocks are 5001, and may be 5000", &nested(5001));
}

/// A function whose locals all live through all of its loops.
#[test]
fn functions_that_are_hard_to_compile() {
    let hard = |loops: usize, locals: usize| {
        let each = |text: &str| -> String {
            (0..locals).map(|n| text.replace('#', &n.to_string())).collect()
        };
        format!(
            "(func (local {}) {} {} {} {})",
            "i64 ".repeat(locals),
            each("(local.set # (i64.const #))"),
            "(loop (br_if 0 (i32.const 0)) ".repeat(loops),
            each("(drop (local.get #))"),
            ")".repeat(loops)
        )
    };
    let of = |what, found| {
        let most = if what == "a function" { 100_000_000 } else { 1_000_000_000 };
        format!("loops × locals × (loops + locals) of {what} are {found}, and may be {most}")
    };
    start(&guest(&hard(100, 100)));
    for (loops, locals) in [(1000, 1000), (10, 10_000), (4000, 200)] {
        let found = loops * locals * (loops + locals);
        refused_for(&of("a function", found), &hard(loops, locals));
    }
    let many = hard(300, 300).repeat(19);
    refused_for(&of("all functions", 300 * 300 * 600 * 19), &many);
}
