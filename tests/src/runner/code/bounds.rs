//! Modules of which V8 runs each part, and which would take the runner too long or too much memory.

use wasmparser::{FunctionBody, Operator, Parser, Payload};

use super::Interface;
use crate::runner::limits::{MAX_MEMORY, MAX_TABLE};

/// The most bytes of a module. V8 takes 1 GiB.
const BYTES: usize = 64 << 20;
/// The most functions of a module. V8 takes a million.
const FUNCTIONS: u64 = 100_000;
/// How deep blocks may lie within one another.
const DEPTH: u64 = 5000;
/// The most that loops × locals × (loops + locals) may be: the compiler's time grows with that. Of real
/// functions none has a tenth.
const OF_FUNCTION: u64 = 100_000_000;
const OF_MODULE: u64 = 10 * OF_FUNCTION;

/// What of a valid module is too much.
pub(super) fn exceeded(bytes: &[u8], interface: &Interface) -> Option<String> {
    // Of a single memory Envoy says so itself.
    let memories = Some(&interface.memories).filter(|memories| memories.len() > 1);
    let pages = memories.into_iter().flatten().map(|memory| memory.initial);
    let pages = pages.fold(0, u64::saturating_add);
    let elements = interface.tables.iter().copied().fold(0, u64::saturating_add);
    let (mut functions, mut depth, mut most, mut sum) = (0, 0, 0, 0_u64);
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        let Payload::CodeSectionEntry(body) = payload else { continue };
        let (loops, deepest) = blocks(&body);
        let locals = locals(&body);
        let of_function = (loops * locals).saturating_mul(loops + locals);
        functions += 1;
        depth = depth.max(deepest);
        most = most.max(of_function);
        sum = sum.saturating_add(of_function);
    }
    [
        ("the bytes of the module", bytes.len() as u64, BYTES as u64),
        ("the pages of its memories", pages, (MAX_MEMORY >> 16) as u64),
        ("the elements of its tables", elements, MAX_TABLE),
        ("its functions", functions, FUNCTIONS),
        ("blocks within blocks", depth, DEPTH),
        ("loops × locals × (loops + locals) of a function", most, OF_FUNCTION),
        ("loops × locals × (loops + locals) of all functions", sum, OF_MODULE),
    ]
    .into_iter()
    .find(|(_, found, most)| found > most)
    .map(|(what, found, most)| format!("{what} are {found}, and may be {most}"))
}

/// How many loops there are, and how deep blocks lie.
fn blocks(body: &FunctionBody<'_>) -> (u64, u64) {
    let (mut loops, mut depth, mut deepest) = (0, 0_u64, 0);
    let Ok(operators) = body.get_operators_reader() else { return (0, 0) };
    for operator in operators.into_iter().map_while(Result::ok) {
        match operator {
            Operator::Loop { .. } => (loops, depth) = (loops + 1, depth + 1),
            Operator::Block { .. } | Operator::If { .. } => depth += 1,
            Operator::End => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    (loops, deepest)
}

fn locals(body: &FunctionBody<'_>) -> u64 {
    let Ok(locals) = body.get_locals_reader() else { return 0 };
    locals.into_iter().map_while(Result::ok).map(|(count, _)| u64::from(count)).sum()
}
