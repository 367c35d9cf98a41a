//! Values stay on the stack instead of in locals.
//!
//! `local.set x` and the `local.get x` that is the last to read it go, if the stack is between them
//! never lower than the value would lie, and just as high when it is read, and no branch leads from
//! between them to where the local is read. If something else reads it
//! later and the two stand together, `local.tee` does the work of both.

use std::collections::HashMap;

use walrus::ir::{Instr, InstrLocId, InstrSeqId, LocalGet, LocalSet, LocalTee};
use walrus::{FunctionId, LocalFunction, LocalId, Module};

use super::arity::Arities;
use super::liveness::Locals;
use super::tree::sequences;

/// In [`InstrLocId`]: whether what a local holds after this instruction is read later.
pub const NEEDED: u32 = 1;

/// Rewrites a function as [`super::tree::write`] has left it.
pub fn keep(module: &mut Module, function: FunctionId, targets: &HashMap<InstrSeqId, Locals>) {
    let mut found = Vec::new();
    collect(module.funcs.get(function).kind.unwrap_local(), None, &mut found);
    for sequence in found {
        while let Some((change, set, get)) = next(module, function, sequence, targets) {
            let function = module.funcs.get_mut(function).kind.unwrap_local_mut();
            let instrs = &mut function.block_mut(sequence).instrs;
            instrs.remove(get);
            match change {
                Change::Stay => {
                    instrs.remove(set);
                }
                Change::Tee(local) => instrs[set].0 = LocalTee { local }.into(),
            }
        }
    }
}

enum Change {
    /// Neither is needed.
    Stay,
    /// The first also leaves the value.
    Tee(LocalId),
}

fn collect(function: &LocalFunction, sequence: Option<InstrSeqId>, found: &mut Vec<InstrSeqId>) {
    let sequence = sequence.unwrap_or_else(|| function.entry_block());
    found.push(sequence);
    for (instr, _) in &function.block(sequence).instrs {
        for inner in sequences(instr) {
            collect(function, Some(inner), found);
        }
    }
}

/// The next pair of instructions that can go.
fn next(
    module: &Module,
    function: FunctionId,
    sequence: InstrSeqId,
    targets: &HashMap<InstrSeqId, Locals>,
) -> Option<(Change, usize, usize)> {
    let function = module.funcs.get(function).kind.unwrap_local();
    let instrs = &function.block(sequence).instrs;
    let mut arities = Arities::new(module, function);
    // Loops around it are not known, but what a branch to one takes along matters only at its end.
    let arities: Vec<_> = instrs.iter().map(|(instr, _)| arities.of(instr)).collect();
    (0..instrs.len()).find_map(|set| {
        let Instr::LocalSet(LocalSet { local }) = instrs[set].0 else { return None };
        let mut height = 0_usize;
        for get in set + 1..instrs.len() {
            let (instr, needed) = &instrs[get];
            if let Instr::LocalGet(LocalGet { local: read }) = instr
                && *read == local
            {
                let needed = *needed == InstrLocId::new(NEEDED);
                return match (height, needed) {
                    (0, false) => Some((Change::Stay, set, get)),
                    (0, true) if get == set + 1 => Some((Change::Tee(local), set, get)),
                    _ => None,
                };
            }
            let read_there = |label| targets.get(&label).is_some_and(|read| read.contains(&local));
            if uses(function, instr, local) || leaves(function, instr, &mut Vec::new(), &read_there)
            {
                return None;
            }
            let (takes, leaves) = arities[get]?;
            height = height.checked_sub(takes)? + leaves;
        }
        None
    })
}

fn uses(function: &LocalFunction, instr: &Instr, local: LocalId) -> bool {
    match instr {
        Instr::LocalGet(used) => used.local == local,
        Instr::LocalSet(used) => used.local == local,
        Instr::LocalTee(used) => used.local == local,
        _ => sequences(instr).into_iter().any(|sequence| {
            let instrs = &function.block(sequence).instrs;
            instrs.iter().any(|(instr, _)| uses(function, instr, local))
        }),
    }
}

/// Whether it branches to such a label that is not its own.
fn leaves(
    function: &LocalFunction,
    instr: &Instr,
    own: &mut Vec<InstrSeqId>,
    such: &impl Fn(InstrSeqId) -> bool,
) -> bool {
    let to = |label: InstrSeqId| !own.contains(&label) && such(label);
    match instr {
        Instr::Br(branch) => to(branch.block),
        Instr::BrIf(branch) => to(branch.block),
        Instr::BrTable(table) => {
            table.blocks.iter().chain([&table.default]).any(|label| to(*label))
        }
        _ => {
            let inner = sequences(instr);
            own.extend(&inner);
            inner.into_iter().any(|sequence| {
                let instrs = &function.block(sequence).instrs;
                instrs.iter().any(|(instr, _)| leaves(function, instr, own, such))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, linked};
    use super::super::{liveness, tree};
    use super::*;

    fn kept(body: &str) -> Module {
        let (mut module, relocations) = linked(&module(body), &[]);
        let mut trees = tree::read(&module, &relocations).expect("known instructions");
        let functions: Vec<_> =
            trees.iter_mut().map(|tree| (tree.function, liveness::mark(tree).targets)).collect();
        tree::write(&mut module, trees);
        for (function, targets) in functions {
            keep(&mut module, function, &targets);
        }
        module
    }

    fn module(body: &str) -> String {
        format!(
            r#"(module (import "env" "f" (func $f)) (import "env" "g" (func $g (param i32)))
                (global $g (mut i32) (i32.const 1))
                (func (export "e") (param i32) (local $x i32) (local $y i32) {body}))"#
        )
    }

    #[test]
    fn a_value_stays_below_what_is_done_meanwhile() {
        assert_is(
            kept("global.get $g local.set $x call $f local.get $x global.set $g"),
            &module("global.get $g call $f global.set $g"),
        );
    }

    #[test]
    fn a_value_that_is_read_after_a_branch_stays_in_its_local() {
        let body = |read| {
            format!(
                "block $b block $c global.get $g local.set $x local.get 0 br_if $b
                block $d local.get 0 br_if $d end local.get $x call $g br $c end return end {read}"
            )
        };
        let read = body("local.get $x call $g");
        assert_is(kept(&read), &module(&read));
        let stays = body("").replace("local.set $x", "").replace("local.get $x", "");
        assert_is(kept(&body("")), &module(&stays));
    }

    #[test]
    fn a_value_that_is_read_again_is_left_as_well() {
        assert_is(
            kept("global.get $g local.set $x local.get $x call $g local.get $x call $g"),
            &module("global.get $g local.tee $x call $g local.get $x call $g"),
        );
    }

    #[test]
    fn values_that_cross_stay_in_locals() {
        // One of the two can be below the other.
        assert_is(
            kept(
                "global.get $g local.set $x global.get $g local.set $y call $f
                local.get $x call $g local.get $y call $g",
            ),
            &module(
                "global.get $g global.get $g local.set $y call $f call $g local.get $y call $g",
            ),
        );
        let read_inside = "global.get $g local.set $x local.get 0 if local.get $x call $g end";
        assert_is(kept(read_inside), &module(read_inside));
    }
}
