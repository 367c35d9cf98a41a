//! Values of an `if` instead of a local that both of its branches set.

use walrus::ir::{IfElse, Instr, InstrSeqType, LocalGet, LocalSet};
use walrus::{LocalFunction, LocalId, Module};

use super::control::branches;
use super::tree::{Expr, Tree};

/// Rewrites a function, from the inside out.
pub fn join(module: &mut Module, tree: &mut Tree) {
    let Module { funcs, locals, .. } = module;
    let function = funcs.get_mut(tree.function).kind.unwrap_local_mut();
    for expr in &mut tree.body {
        expr.visit_mut(&mut |expr| {
            if let Some(local) = set_by_both(expr) {
                join_one(function, expr, local, locals.get(local).ty());
            }
        });
    }
}

/// The local that both branches set last, if all ways through them end there.
fn set_by_both(expr: &Expr) -> Option<LocalId> {
    let [then, other] = &expr.bodies[..] else { return None };
    let local = set_last(then)?;
    (set_last(other) == Some(local) && !is_left(expr)).then_some(local)
}

/// Whether there are branches to the end of an `if`.
pub fn is_left(expr: &Expr) -> bool {
    let Instr::IfElse(IfElse { consequent, alternative }) = expr.instr else { return false };
    let mut inside = expr.bodies.iter().flatten();
    inside.any(|expr| branches(expr, consequent) > 0 || branches(expr, alternative) > 0)
}

/// The local that a body sets last.
pub fn set_last(body: &[Expr]) -> Option<LocalId> {
    match body.last()?.instr {
        Instr::LocalSet(LocalSet { local }) => Some(local),
        _ => None,
    }
}

fn join_one(function: &mut LocalFunction, expr: &mut Expr, local: LocalId, ty: walrus::ValType) {
    let Instr::IfElse(IfElse { consequent, alternative }) = expr.instr else { return };
    for sequence in [consequent, alternative] {
        function.block_mut(sequence).ty = InstrSeqType::Simple(Some(ty));
    }
    for body in &mut expr.bodies {
        if let Some(set) = body.pop() {
            body.extend(set.args);
        }
    }
    let value = std::mem::replace(expr, Expr::new(LocalGet { local }, Vec::new()));
    *expr = Expr::new(LocalSet { local }, vec![value]);
}

/// The local that an expression reads before it does anything else.
pub fn read_first(expr: &Expr) -> Option<LocalId> {
    match (&expr.instr, expr.args.first()) {
        (_, Some(first)) => read_first(first),
        (Instr::LocalGet(LocalGet { local }), None) => Some(*local),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::constants;
    use super::super::testing::{assert_is, each};
    use super::*;

    fn joined(body: &str) -> Module {
        each(&module(body), |module, tree| {
            constants::fold(module, tree, 0);
            join(module, tree);
        })
    }

    fn module(body: &str) -> String {
        format!(
            r#"(module (import "env" "f" (func $f (result i32)))
                (func (export "e") (param i32) (result i32) (local $x i32) {body}))"#
        )
    }

    #[test]
    fn an_if_that_sets_what_is_read_next_has_a_value() {
        assert_is(
            joined("(if (local.get 0) (then (local.set $x (call $f)))) (local.get $x)"),
            &module(
                "(local.set $x
                    (if (result i32) (local.get 0) (then (call $f)) (else (i32.const 0))))
                (local.get $x)",
            ),
        );
    }

    #[test]
    fn an_if_that_is_left_before_has_none() {
        let body = "(if $i (local.get 0)
                (then (br_if $i (call $f)) (local.set $x (call $f))))
            (local.get $x)";
        assert_is(joined(body), &module(body));
    }
}
