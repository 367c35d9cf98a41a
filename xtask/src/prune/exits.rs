//! Branches that take a constant along, instead of a block that they leave for it.
//!
//! What can fail in several ways leaves a block, and returns a constant:
//! `x = 0; block { …; br_if 0; br_if 0; …; x = v }; x`. `br_if` keeps what it would take along where it does not
//! branch, so they can share the constant: `…; 0; br_if 0; br_if 0; drop; …; v`. LLVM also turns it around, where `x` is
//! found on the way: `block { block { …; br_if 0; br_if 1 } x = 0 } x`.

use std::collections::HashMap;

use walrus::Module;
use walrus::ir::{
    Block, BrIf, Drop, Instr, InstrSeqId, LocalGet, LocalSet, LocalTee, UnaryOp, Unop,
};

use super::condition::{is_zero, negated};
use super::control::branches;
use super::liveness::{self, Locals};
use super::tree::{Expr, Tree};

/// Rewrites a function that ends so, with the ways out next to each other: only then it becomes smaller.
pub fn carry(module: &Module, tree: &mut Tree) {
    let entry = module.funcs.get(tree.function).kind.unwrap_local().entry_block();
    if let Some(end) = carried(&tree.body, entry) {
        tree.body.truncate(tree.body.len() - 3);
        tree.body.extend(end);
    } else if let Some(end) = found(&tree.body, entry) {
        tree.body.truncate(tree.body.len() - 2);
        tree.body.extend(end);
    }
}

/// What the last two statements become where the last way out of the block is the one with a value.
fn found(body: &[Expr], entry: InstrSeqId) -> Option<Vec<Expr>> {
    let [.., block, end] = body else { return None };
    let (Instr::Block(Block { seq: outer }), Instr::LocalGet(get)) = (&block.instr, &end.instr)
    else {
        return None;
    };
    let [inner, set] = &block.bodies[0][..] else { return None };
    let (Instr::Block(Block { seq }), Instr::LocalSet(last)) = (&inner.instr, &set.instr) else {
        return None;
    };
    let constant = &set.args[0];
    let is_constant = matches!(constant.instr, Instr::Const(_)) && constant.place.is_none();
    let mut inner = inner.bodies[0].clone();
    let Some(Expr { instr: Instr::BrIf(BrIf { block: found }), args, .. }) = inner.pop() else {
        return None;
    };
    let condition = args.into_iter().next()?;
    let leaves = branches(&condition, *outer) + branches(&condition, *seq) > 0
        || inner.iter().any(|expr| branches(expr, *outer) > 0);
    if !is_constant || last.local != get.local || found != *outer || leaves {
        return None;
    }
    // Otherwise it fails as well.
    inner.push(Expr::new(BrIf { block: *seq }, vec![negated(condition)]));
    if !share(&mut inner, *seq, entry, constant) {
        return None;
    }
    inner.push(end.clone());
    Some(inner)
}

/// What the last three statements become.
fn carried(body: &[Expr], entry: InstrSeqId) -> Option<Vec<Expr>> {
    let [.., begin, block, end] = body else { return None };
    let (Instr::LocalSet(LocalSet { local }), Instr::Block(Block { seq }), Instr::LocalGet(get)) =
        (&begin.instr, &block.instr, &end.instr)
    else {
        return None;
    };
    let constant = &begin.args[0];
    let mut inner = block.bodies[0].clone();
    let Some(Expr { instr: Instr::LocalSet(last), mut args, .. }) = inner.pop() else {
        return None;
    };
    let value = args.pop()?;
    let is_other = |expr: &Expr| match &expr.instr {
        Instr::LocalGet(LocalGet { local: used })
        | Instr::LocalSet(LocalSet { local: used })
        | Instr::LocalTee(LocalTee { local: used }) => used != local,
        _ => true,
    };
    let mut others = true;
    for expr in inner.iter().chain([&value]) {
        expr.visit(&mut |expr| others &= is_other(expr));
    }
    let is_constant = matches!(constant.instr, Instr::Const(_)) && constant.place.is_none();
    let applies = others
        && is_constant
        && get.local == *local
        && last.local == *local
        && branches(&value, *seq) == 0
        && share(&mut inner, *seq, entry, constant);
    applies.then(|| {
        inner.push(value);
        inner
    })
}

/// Leads the ways out of a block to the function's end. False if they are not next to each other.
fn share(body: &mut Vec<Expr>, label: InstrSeqId, entry: InstrSeqId, constant: &Expr) -> bool {
    let leaves = |expr: &Expr| branches(expr, label) > 0;
    let Some(first) = body.iter().position(leaves) else { return false };
    let ways = body[first..].iter().take_while(|expr| leaves(expr)).count();
    if body[first + ways..].iter().any(leaves) {
        return false;
    }
    if ways == 1 {
        if body[first].args.iter().any(leaves) {
            return false;
        }
        let mut inside = body[first].bodies.iter_mut().filter(|body| body.iter().any(leaves));
        return match (inside.next(), inside.next()) {
            (Some(body), None) => share(body, label, entry, constant),
            _ => false,
        };
    }
    let is_way = |expr: &Expr| {
        matches!(expr.instr, Instr::BrIf(BrIf { block }) if block == label)
            && expr.args.len() == 1
            && branches(&expr.args[0], label) == 0
    };
    if !body[first..first + ways].iter().all(is_way) {
        return false;
    }
    let conditions = body.drain(first..first + ways).filter_map(|mut way| way.args.pop());
    let taken = conditions
        .filter(|condition| !is_zero(condition))
        .fold(constant.clone(), |taken, condition| {
            Expr::new(BrIf { block: entry }, vec![taken, condition])
        });
    body.insert(first, Expr::new(Drop {}, vec![taken]));
    true
}

/// Leads the ways out of a block with a zero to where a zero leads: `br_if (eqz (block { …; 0; br_if 0; drop; …; v }))`
/// is `…; br_if; …; br_if (eqz v)`. A function that is called in one place becomes such a block.
pub fn thread(tree: &mut Tree) {
    let targets = liveness::mark(tree).targets;
    for expr in &mut tree.body {
        expr.visit_mut(&mut |expr| {
            expr.bodies.iter_mut().for_each(|body| thread_in(body, &targets));
        });
    }
    thread_in(&mut tree.body, &targets);
}

fn thread_in(body: &mut Vec<Expr>, targets: &HashMap<InstrSeqId, Locals>) {
    for expr in std::mem::take(body) {
        match threaded(&expr, targets) {
            Some(statements) => body.extend(statements),
            None => body.push(expr),
        }
    }
}

/// What a branch on whether a block's value is zero becomes.
fn threaded(expr: &Expr, targets: &HashMap<InstrSeqId, Locals>) -> Option<Vec<Expr>> {
    let (Instr::BrIf(BrIf { block: to }), [condition]) = (&expr.instr, &expr.args[..]) else {
        return None;
    };
    let Instr::Unop(Unop { op: UnaryOp::I32Eqz }) = condition.instr else { return None };
    let value = &condition.args[0];
    let (held, value) = match &value.instr {
        Instr::LocalTee(LocalTee { local }) => (Some(*local), &value.args[0]),
        _ => (None, value),
    };
    // What it holds where the branch leads must not matter: it is no zero then.
    if held.is_some_and(|local| targets.get(to).is_none_or(|read| read.contains(&local))) {
        return None;
    }
    let Instr::Block(Block { seq }) = value.instr else { return None };
    let mut statements = value.bodies[0].clone();
    let last = statements.pop()?;
    if branches(&last, seq) > 0 || !redirect(&mut statements, seq, *to) {
        return None;
    }
    let mut value = last;
    if let Some(local) = held {
        value = Expr::new(LocalTee { local }, vec![value]);
    }
    let zero = Expr::new(Unop { op: UnaryOp::I32Eqz }, vec![value]);
    statements.push(Expr::new(BrIf { block: *to }, vec![zero]));
    Some(statements)
}

/// Leads all branches that take a zero to one label to another, without it. False if there are others.
fn redirect(body: &mut Vec<Expr>, from: InstrSeqId, to: InstrSeqId) -> bool {
    for mut expr in std::mem::take(body) {
        if branches(&expr, from) == 0 {
            body.push(expr);
        } else if let Some(conditions) = conditions(&expr, from) {
            body.extend(
                conditions
                    .into_iter()
                    .map(|condition| Expr::new(BrIf { block: to }, vec![condition])),
            );
        } else {
            let in_args = expr.args.iter().any(|arg| branches(arg, from) > 0);
            if in_args || !expr.bodies.iter_mut().all(|body| redirect(body, from, to)) {
                return false;
            }
            if branches(&expr, from) > 0 {
                return false;
            }
            body.push(expr);
        }
    }
    true
}

/// Of `drop (br_if (br_if 0 c) d)`: c and d.
fn conditions(expr: &Expr, label: InstrSeqId) -> Option<Vec<Expr>> {
    let (Instr::Drop(_), [mut taken]) = (&expr.instr, expr.args.as_array::<1>()?.each_ref()) else {
        return None;
    };
    let mut found = Vec::new();
    while let (Instr::BrIf(BrIf { block }), [inner, condition]) = (&taken.instr, &taken.args[..]) {
        if *block != label || branches(condition, label) > 0 {
            return None;
        }
        found.insert(0, condition.clone());
        taken = inner;
    }
    is_zero(taken).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, each};
    use super::*;

    fn module(body: &str) -> String {
        format!(
            r#"(module (import "env" "f" (func $f (result i32)))
                (func (export "e") (param i32) (result i32) (local $x i32) {body}))"#
        )
    }

    #[test]
    fn ways_out_share_what_they_return() {
        assert_is(
            each(
                &module(
                    "(local.set $x (i32.const 7))
                    (block $b
                        (block $fits
                            (br_if $fits (local.get 0))
                            (br_if $b (call $f))
                            (br_if $b (i32.eqz (call $f))))
                        (local.set $x (call $f)))
                    (local.get $x)",
                ),
                |module, tree| carry(module, tree),
            ),
            &module(
                "(block $fits
                    (br_if $fits (local.get 0))
                    (drop (br_if 1 (br_if 1 (i32.const 7) (call $f)) (i32.eqz (call $f)))))
                (call $f)",
            ),
        );
    }

    #[test]
    fn others_stay() {
        let ways = "(br_if $b (local.get 0)) (br_if $b (call $f))";
        for (before, inside, after) in [
            // One way needs no block anyway, or what lies between two would need the constant twice.
            ("(i32.const 7)", "(br_if $b (call $f)) (local.set $x (call $f))", "$x"),
            (
                "(i32.const 7)",
                "(br_if $b (call $f)) (drop (call $f)) (br_if $b (call $f)) (local.set $x (call $f))",
                "$x",
            ),
            // What they return is no constant, or another local.
            ("(call $f)", &format!("{ways} (local.set $x (call $f))"), "$x"),
            ("(i32.const 7)", &format!("{ways} (local.set $x (call $f))"), "0"),
            ("(i32.const 7)", &format!("{ways} (local.set 0 (call $f))"), "$x"),
            // It is read before.
            ("(i32.const 7)", &format!("{ways} (local.set $x (i32.eqz (local.get $x)))"), "$x"),
            // It is left in another way as well.
            (
                "(i32.const 7)",
                &format!("{ways} (if (call $f) (then (br $b))) (local.set $x (call $f))"),
                "$x",
            ),
        ] {
            let body = format!("(local.set $x {before}) (block $b {inside}) (local.get {after})");
            let module = module(&body);
            assert_is(each(&module, |module, tree| carry(module, tree)), &module);
        }
    }

    #[test]
    fn what_is_found_on_the_way_is_returned_at_the_end() {
        let carried = |body: &str| each(&module(body), |module, tree| carry(module, tree));
        assert_is(
            carried(
                "(drop (call $f))
                (block $a
                    (block $b
                        (drop (call $f))
                        (br_if $b (local.get 0))
                        (br_if $a (i32.lt_u (local.tee 0 (call $f)) (i32.const 5))))
                    (local.set 0 (i32.const 7)))
                (local.get 0)",
            ),
            &module(
                "(drop (call $f))
                (drop (call $f))
                (drop (br_if 0 (br_if 0 (i32.const 7) (local.get 0))
                    (i32.ge_u (local.tee 0 (call $f)) (i32.const 5))))
                (local.get 0)",
            ),
        );
        for (ways, constant, read) in [
            // One way out only, another one with a value, something between.
            ("(br_if $a (call $f))", "(i32.const 7)", "0"),
            (
                "(br_if $a (local.get 0)) (br_if $b (call $f)) (br_if $a (call $f))",
                "(i32.const 7)",
                "0",
            ),
            ("(br_if $b (call $f)) (drop (call $f)) (br_if $a (call $f))", "(i32.const 7)", "0"),
            // What is returned otherwise is no constant, or what is set is not returned.
            ("(br_if $b (local.get 0)) (br_if $a (call $f))", "(call $f)", "0"),
            ("(br_if $b (local.get 0)) (br_if $a (call $f))", "(i32.const 7)", "$x"),
            // The last way out fails as well.
            ("(br_if $b (local.get 0)) (br_if $b (call $f))", "(i32.const 7)", "0"),
        ] {
            let same =
                format!("(block $a (block $b {ways}) (local.set 0 {constant})) (local.get {read})");
            assert_is(carried(&same), &module(&same));
        }
    }

    #[test]
    fn a_way_out_with_a_zero_leads_to_where_zeros_lead() {
        let thread = |body: &str| each(&module(body), |_, tree| thread(tree));
        let tested = |tested: &str, after: &str| {
            format!(
                "(block $t
                    (br_if $t (i32.eqz ({tested} (block $b (result i32)
                        (if (local.get 0) (then
                            (drop (br_if $b (br_if $b (i32.const 0) (call $f)) (i32.eqz (call $f))))))
                        (call $f)))))
                    (drop (call $f)))
                {after}"
            )
        };
        assert_is(
            thread(&tested("local.tee $x", "(local.get 0)")),
            &module(
                "(block $t
                    (if (local.get 0) (then (br_if $t (call $f)) (br_if $t (i32.eqz (call $f)))))
                    (br_if $t (i32.eqz (local.tee $x (call $f))))
                    (drop (call $f)))
                (local.get 0)",
            ),
        );
        // There it must be zero.
        let read = tested("local.tee $x", "(local.get $x)");
        assert_is(thread(&read), &module(&read));
        for other in [
            // Another number than zero, or with another way out.
            ("i32.const 0", "i32.const 1"),
            ("(call $f)))))\n", "(br_if $b (i32.const 2) (call $f))))))\n"),
            (
                "(if (local.get 0) (then",
                "(drop (br_if $b (i32.const 3) (call $f))) (if (local.get 0) (then",
            ),
        ] {
            let body = tested("local.tee $x", "(local.get 0)").replacen(other.0, other.1, 1);
            assert_ne!(body, tested("local.tee $x", "(local.get 0)"));
            assert_is(thread(&body), &module(&body));
        }
    }
}
