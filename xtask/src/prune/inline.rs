//! Functions that are called once become a part of their caller.

use std::collections::{HashMap, HashSet};

use walrus::ir::{
    Block, Br, Call, Const, Instr, InstrSeqId, InstrSeqType, LocalGet, LocalSet, LocalTee, Loop,
    Return, Value,
};
use walrus::{ConstExpr, ElementItems, ExportItem, FunctionId, LocalId, Module, ValType};

use super::liveness;
use super::tree::{Expr, Tree, sequences};

/// The functions that nothing refers to but one call, by another function.
pub fn candidates(module: &Module, trees: &[Tree]) -> Vec<FunctionId> {
    let mut calls: HashMap<FunctionId, Vec<FunctionId>> = HashMap::new();
    let mut referred: HashSet<FunctionId> = module.start.into_iter().collect();
    for tree in trees {
        for expr in &tree.body {
            expr.visit(&mut |expr| {
                if let Instr::Call(Call { func }) = expr.instr {
                    calls.entry(func).or_default().push(tree.function);
                }
            });
        }
    }
    referred.extend(module.exports.iter().filter_map(|export| match export.item {
        ExportItem::Function(function) => Some(function),
        _ => None,
    }));
    for element in module.elements.iter() {
        match &element.items {
            ElementItems::Functions(functions) => referred.extend(functions),
            ElementItems::Expressions(_, items) => {
                for item in items {
                    match item {
                        ConstExpr::RefFunc(function) => referred.extend([*function]),
                        ConstExpr::RefNull(_) => {}
                        _ => return Vec::new(),
                    }
                }
            }
        }
    }
    let once = |tree: &&Tree| {
        let function = tree.function;
        let called = calls.get(&function).is_some_and(|by| by.len() == 1 && by[0] != function);
        let known = called && !referred.contains(&function) && result(module, function).is_some();
        known && has_numbers(module, tree)
    };
    trees.iter().filter(once).map(|tree| tree.function).collect()
}

/// Whether all its locals are numbers, which can be set to zero.
fn has_numbers(module: &Module, tree: &Tree) -> bool {
    let mut numbers = true;
    for expr in &tree.body {
        expr.visit(&mut |expr| {
            if let Instr::LocalGet(LocalGet { local })
            | Instr::LocalSet(LocalSet { local })
            | Instr::LocalTee(LocalTee { local }) = expr.instr
            {
                numbers &=
                    !matches!(module.locals.get(local).ty(), ValType::V128 | ValType::Ref(_));
            }
        });
    }
    numbers
}

/// What a function returns, if that is at most one value that a local can hold.
fn result(module: &Module, function: FunctionId) -> Option<Option<ValType>> {
    match module.types.results(module.funcs.get(function).ty()) {
        [] => Some(None),
        [one @ (ValType::I32 | ValType::I64)] => Some(Some(*one)),
        _ => None,
    }
}

/// Puts these functions where they are called.
pub fn inline(module: &mut Module, trees: &mut Vec<Tree>, functions: &[FunctionId]) {
    for function in functions {
        let Some(at) = trees.iter().position(|tree| tree.function == *function) else { continue };
        let called = trees.remove(at);
        let calls = |tree: &&mut Tree| {
            let mut found = false;
            for expr in &tree.body {
                expr.visit(&mut |expr| found |= is_call(expr, *function));
            }
            found
        };
        match trees.iter_mut().find(calls) {
            Some(caller) => into(module, caller, called),
            None => trees.push(called),
        }
    }
}

fn is_call(expr: &Expr, function: FunctionId) -> bool {
    matches!(expr.instr, Instr::Call(Call { func }) if func == function)
}

fn into(module: &mut Module, caller: &mut Tree, mut called: Tree) {
    let Some(result) = result(module, called.function) else { return };
    let own = module.funcs.get(called.function).kind.unwrap_local();
    let (args, entry) = (own.args.clone(), own.entry_block());
    // Its locals begin as zero, whenever it is called.
    let mut begin: Vec<(LocalId, Value)> = Vec::new();
    for local in liveness::mark(&mut called).entry {
        if !args.contains(&local) {
            let value = match module.locals.get(local).ty() {
                ValType::I64 => Value::I64(0),
                ValType::F32 => Value::F32(0.0),
                ValType::F64 => Value::F64(0.0),
                _ => Value::I32(0),
            };
            begin.push((local, value));
        }
    }
    if let Some(Expr { instr: Instr::Return(Return {}), .. }) = called.body.last()
        && let Some(last) = called.body.pop()
    {
        called.body.extend(last.args);
    }

    let types: HashMap<InstrSeqId, InstrSeqType> = {
        let mut types = HashMap::new();
        for expr in &called.body {
            expr.visit(&mut |expr| {
                for sequence in sequences(&expr.instr) {
                    types.insert(sequence, own.block(sequence).ty);
                }
            });
        }
        types
    };
    let function = module.funcs.get_mut(caller.function).kind.unwrap_local_mut();
    let mut new = |ty| function.builder_mut().dangling_instr_seq(ty).id();
    let block = new(InstrSeqType::Simple(result));
    let mut labels: HashMap<InstrSeqId, InstrSeqId> =
        types.into_iter().map(|(sequence, ty)| (sequence, new(ty))).collect();
    labels.insert(entry, block);
    for expr in &mut called.body {
        expr.visit_mut(&mut |expr| rename(expr, &labels, block));
    }

    for expr in &mut caller.body {
        expr.visit_mut(&mut |expr| {
            if !is_call(expr, called.function) {
                return;
            }
            let mut body = Vec::new();
            for (local, arg) in args.iter().zip(std::mem::take(&mut expr.args)) {
                body.push(Expr::new(LocalSet { local: *local }, vec![arg]));
            }
            for (local, value) in &begin {
                let zero = Expr::new(Const { value: *value }, Vec::new());
                body.push(Expr::new(LocalSet { local: *local }, vec![zero]));
            }
            body.append(&mut called.body);
            *expr = Expr::new(Block { seq: block }, Vec::new());
            expr.bodies.push(body);
        });
    }
}

/// Gives labels their new names, and returns to where the block ends.
fn rename(expr: &mut Expr, labels: &HashMap<InstrSeqId, InstrSeqId>, block: InstrSeqId) {
    let change = |label: &mut InstrSeqId| {
        if let Some(new) = labels.get(label) {
            *label = *new;
        }
    };
    match &mut expr.instr {
        Instr::Block(Block { seq }) | Instr::Loop(Loop { seq }) => change(seq),
        Instr::IfElse(branches) => {
            change(&mut branches.consequent);
            change(&mut branches.alternative);
        }
        Instr::Br(branch) => change(&mut branch.block),
        Instr::BrIf(branch) => change(&mut branch.block),
        Instr::BrTable(table) => {
            table.blocks.iter_mut().for_each(change);
            change(&mut table.default);
        }
        Instr::Return(_) => expr.instr = Br { block }.into(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, linked};
    use super::super::tree;
    use super::*;

    fn inlined(wat: &str) -> Module {
        let (mut module, relocations) = linked(wat, &[]);
        let mut trees = tree::read(&module, &relocations).expect("known instructions");
        let once = candidates(&module, &trees);
        inline(&mut module, &mut trees, &once);
        tree::write(&mut module, trees);
        module
    }

    #[test]
    fn a_function_that_is_called_once_is_a_block() {
        assert_is(
            inlined(
                r#"(module (func (export "e") (param i32) (result i32)
                        (loop (result i32) (br_if 0 (local.get 0)) (call $once (i32.const 3))))
                    (func $once (param i32) (result i32) (local $zero i32)
                        (if (local.get 0) (then (return (local.get $zero))))
                        (local.tee $zero (i32.const 1))))"#,
            ),
            r#"(module (func (export "e") (param i32) (result i32) (local $arg i32) (local $zero i32)
                (loop (result i32) (br_if 0 (local.get 0))
                    (block $b (result i32)
                        (local.set $arg (i32.const 3))
                        (local.set $zero (i32.const 0))
                        (if (local.get $arg) (then (br $b (local.get $zero))))
                        (local.tee $zero (i32.const 1))))))"#,
        );
    }

    #[test]
    fn what_is_called_twice_or_known_elsewhere_is_not() {
        for wat in [
            r#"(module (func $f) (func (export "e") (call $f) (call $f)))"#,
            r#"(module (func $f (export "f")) (func (export "e") (call $f)))"#,
            r#"(module (func $f (call $f)) (func (export "e") (call $f)))"#,
            r#"(module (func (export "e") (call $f)) (func $f (local v128) (drop (local.get 0))))"#,
            r#"(module (func $f) (func (export "e") (call $f) (call_indirect (i32.const 0)))
                (table 1 funcref) (elem (i32.const 0) func $f))"#,
        ] {
            assert_is(inlined(wat), wat);
        }
    }
}
