//! One local for two values that are never needed at the same time.

use std::collections::HashSet;

use walrus::ir::{Drop, Instr, LocalGet, LocalSet, LocalTee};
use walrus::{LocalId, Module};

use super::liveness::{self, Liveness};
use super::tree::{Expr, Tree};

/// Where a local is copied to another, they become one, so that nothing needs to be copied; then those
/// that are left share what parameters there are.
pub fn merge(module: &Module, tree: &mut Tree) {
    let parameters = module.funcs.get(tree.function).kind.unwrap_local().args.clone();
    loop {
        let liveness = liveness::mark(tree);
        let apart = |one: LocalId, other: LocalId| {
            let same_type = module.locals.get(one).ty() == module.locals.get(other).ty();
            let both_given = parameters.contains(&one) && parameters.contains(&other);
            // A parameter is not zero at the beginning.
            let zero = |local| liveness.entry.contains(&local) && !parameters.contains(&local);
            let given = |local| parameters.contains(&local);
            let begin = zero(one) && given(other) || zero(other) && given(one);
            one != other && same_type && !both_given && !begin && !conflict(&liveness, one, other)
        };
        let mut copies = Vec::new();
        let mut used = Vec::new();
        for expr in &tree.body {
            expr.visit(&mut |expr| {
                used.extend(local(expr));
                copies.extend(copy(expr));
            });
        }
        used.sort_unstable();
        used.dedup();
        let with_parameters = used
            .iter()
            .filter(|local| !parameters.contains(local))
            .flat_map(|local| parameters.iter().map(|parameter| (*local, *parameter)));
        // What becomes of two locals changes nothing between two others.
        let mut changed = HashSet::new();
        let mut pairs = Vec::new();
        for (one, other) in copies.into_iter().chain(with_parameters) {
            if !changed.contains(&one) && !changed.contains(&other) && apart(one, other) {
                changed.extend([one, other]);
                pairs.push((one, other));
            }
        }
        if pairs.is_empty() {
            return;
        }
        for (one, other) in pairs {
            // A parameter keeps its place.
            let (from, to) = if parameters.contains(&one) { (other, one) } else { (one, other) };
            rename(&mut tree.body, from, to);
        }
    }
}

/// Gives those that are left as few locals as it takes: what looks alike compresses better.
pub fn share(module: &Module, tree: &mut Tree) {
    let parameters = module.funcs.get(tree.function).kind.unwrap_local().args.clone();
    let liveness = liveness::mark(tree);
    let mut seen = HashSet::new();
    let mut shared: Vec<Vec<LocalId>> = Vec::new();
    for expr in &tree.body {
        expr.visit(&mut |expr| {
            let Some(local) = local(expr) else { return };
            if parameters.contains(&local) || !seen.insert(local) {
                return;
            }
            let ty = |local| module.locals.get(local).ty();
            let fits = |locals: &&mut Vec<LocalId>| {
                ty(locals[0]) == ty(local)
                    && locals.iter().all(|other| !conflict(&liveness, local, *other))
            };
            match shared.iter_mut().find(fits) {
                Some(locals) => locals.push(local),
                None => shared.push(vec![local]),
            }
        });
    }
    for locals in shared {
        for local in &locals[1..] {
            rename(&mut tree.body, *local, locals[0]);
        }
    }
}

fn conflict(liveness: &Liveness, one: LocalId, other: LocalId) -> bool {
    liveness.conflicts.contains(&(one, other)) || liveness.conflicts.contains(&(other, one))
}

fn local(expr: &Expr) -> Option<LocalId> {
    match expr.instr {
        Instr::LocalGet(LocalGet { local })
        | Instr::LocalSet(LocalSet { local })
        | Instr::LocalTee(LocalTee { local }) => Some(local),
        _ => None,
    }
}

/// What is copied, and to which local.
fn copy(expr: &Expr) -> Option<(LocalId, LocalId)> {
    match expr.instr {
        Instr::LocalSet(LocalSet { local: to }) | Instr::LocalTee(LocalTee { local: to }) => {
            match expr.args[0].instr {
                Instr::LocalGet(LocalGet { local }) | Instr::LocalTee(LocalTee { local }) => {
                    Some((to, local))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn rename(body: &mut [Expr], from: LocalId, to: LocalId) {
    for expr in body {
        expr.visit_mut(&mut |expr| {
            if let Instr::LocalGet(LocalGet { local })
            | Instr::LocalSet(LocalSet { local })
            | Instr::LocalTee(LocalTee { local }) = &mut expr.instr
                && *local == from
            {
                *local = to;
            }
            // What it holds already it need not be given.
            if let Some((one, other)) = copy(expr)
                && one == other
            {
                let value = expr.args.remove(0);
                let set = matches!(expr.instr, Instr::LocalSet(_));
                *expr = if set { Expr::new(Drop {}, vec![value]) } else { value };
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, each};
    use super::*;

    #[track_caller]
    fn assert_becomes(before: &str, after: &str) {
        let module = |body| {
            format!(
                r#"(module (import "env" "f" (func $f (param i32)))
                    (func (export "e") (param i32) (local $x i32) (local $y i32) {body}))"#
            )
        };
        assert_is(each(&module(before), |module, tree| merge(module, tree)), &module(after));
    }

    #[test]
    fn a_copy_is_not_needed_where_both_are_the_same() {
        assert_becomes(
            "(local.set $x (local.get 0)) (call $f (local.get $x)) (call $f (local.get 0))",
            "(drop (local.get 0)) (call $f (local.get 0)) (call $f (local.get 0))",
        );
    }

    #[test]
    fn a_parameter_that_is_no_longer_needed_is_used_again() {
        assert_becomes(
            "(call $f (local.get 0)) (local.set $x (i32.const 5))
            (call $f (local.get $x)) (call $f (local.get $x))",
            "(call $f (local.get 0)) (local.set 0 (i32.const 5))
            (call $f (local.get 0)) (call $f (local.get 0))",
        );
    }

    #[test]
    fn values_that_are_not_needed_at_once_share_a_local() {
        let module = |body| {
            format!(
                r#"(module (import "env" "f" (func $f (param i32)))
                    (func (export "e") (param i32) (local $x i32) (local $y i32) {body}))"#
            )
        };
        let shared = |body| each(&module(body), |module, tree| share(module, tree));
        assert_is(
            shared(
                "(call $f (local.get $x)) (local.set $y (i32.const 5)) (call $f (local.get $y))
                (call $f (local.get 0))",
            ),
            &module(
                "(call $f (local.get $x)) (local.set $x (i32.const 5)) (call $f (local.get $x))
                (call $f (local.get 0))",
            ),
        );
        for apart in [
            "(local.set $x (i32.const 1)) (local.set $y (i32.const 5)) (call $f (local.get $y))
            (call $f (local.get $x))",
            // One begins as zero.
            "(local.set $x (i32.const 1)) (call $f (local.get $x)) (call $f (local.get $y))",
        ] {
            assert_is(shared(apart), &module(apart));
        }
    }

    #[test]
    fn values_that_are_needed_at_once_stay_apart() {
        for apart in [
            "(local.set $x (local.get 0)) (local.set 0 (i32.const 1)) (call $f (local.get 0))
                (call $f (local.get $x))",
            "(loop $l (call $f (local.get $x)) (local.set $x (i32.const 1))
                (br_if $l (local.get 0)))",
            // It begins as zero, which no parameter does.
            "(call $f (local.get $x))",
        ] {
            assert_becomes(apart, apart);
        }
    }
}
