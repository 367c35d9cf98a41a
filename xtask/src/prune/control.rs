//! Control flow in fewer bytes: `if` instead of a block that is left at once, and no blocks and
//! branches that lead where control goes anyway.

use walrus::Module;
use walrus::ir::{
    Block, Br, BrIf, Drop, IfElse, Instr, InstrSeqId, InstrSeqType, LocalSet, LocalTee, Loop,
    UnaryOp, Unop,
};

use super::condition::{is_zero, negated, negation_grows, truth};
use super::tree::{Expr, Tree};
use super::values::is_left;

/// Rewrites a function until nothing changes.
pub fn simplify(module: &mut Module, tree: &mut Tree) {
    let function = module.funcs.get_mut(tree.function).kind.unwrap_local_mut();
    // Every rule makes the function smaller.
    loop {
        let returns = !module.types.results(function.ty()).is_empty();
        let mut pass = Pass { function, changed: false };
        pass.body(&mut tree.body, !returns);
        if let Some(Instr::Return(_)) = tree.body.last().map(|last| &last.instr)
            && let Some(last) = tree.body.pop()
        {
            tree.body.extend(last.args);
            pass.changed = true;
        }
        if !pass.changed {
            return;
        }
    }
}

struct Pass<'a> {
    function: &'a mut walrus::LocalFunction,
    changed: bool,
}

impl Pass<'_> {
    /// `last` is whether the function returns as soon as the body is done.
    fn body(&mut self, body: &mut Vec<Expr>, last: bool) {
        let mut done = Vec::with_capacity(body.len());
        let mut rest = std::mem::take(body).into_iter().peekable();
        while let Some(mut expr) = rest.next() {
            let last = last && rest.peek().is_none();
            self.expr(&mut expr, last);
            self.statement(expr, last, &mut done);
        }
        *body = done;
    }

    fn expr(&mut self, expr: &mut Expr, last: bool) {
        for arg in &mut expr.args {
            self.expr(arg, false);
        }
        let last = last && matches!(expr.instr, Instr::Block(_) | Instr::IfElse(_));
        for body in &mut expr.bodies {
            self.body(body, last);
        }
        if matches!(expr.instr, Instr::BrIf(_) | Instr::IfElse(_) | Instr::Select(_))
            && let Some(condition) = expr.args.pop()
        {
            expr.args.push(truth(condition));
        }
        // if (!c) { … } else { … }, the other way round.
        if let Instr::IfElse(IfElse { consequent, alternative }) = &mut expr.instr
            && let Instr::Unop(Unop { op: UnaryOp::I32Eqz }) = expr.args[0].instr
            && !expr.bodies[1].is_empty()
        {
            self.changed = true;
            std::mem::swap(consequent, alternative);
            expr.bodies.swap(0, 1);
            expr.args = std::mem::take(&mut expr.args[0].args);
        }
    }

    /// Puts a statement, or what it becomes.
    fn statement(&mut self, mut expr: Expr, last: bool, into: &mut Vec<Expr>) {
        self.changed |= hoist(&mut expr, into);
        match expr.instr.clone() {
            Instr::Block(Block { seq }) if self.is_void(seq) => {
                self.drop_last_branches(&mut expr.bodies[0], seq);
                self.block(seq, expr, last, into);
            }
            Instr::IfElse(IfElse { consequent, alternative }) if self.is_void(consequent) => {
                self.drop_last_branches(&mut expr.bodies[0], consequent);
                self.drop_last_branches(&mut expr.bodies[1], alternative);
                self.branches(consequent, alternative, expr, into);
            }
            Instr::Return(_) if last => self.changed = true,
            Instr::Drop(_) if let Instr::LocalTee(LocalTee { local }) = expr.args[0].instr => {
                self.changed = true;
                into.push(Expr::new(LocalSet { local }, std::mem::take(&mut expr.args[0].args)));
            }
            Instr::BrIf(_) if matches!(&expr.args[..], [condition] if is_zero(condition)) => {
                self.changed = true;
            }
            _ => into.push(expr),
        }
    }

    fn is_void(&self, sequence: InstrSeqId) -> bool {
        matches!(self.function.block(sequence).ty, InstrSeqType::Simple(None))
    }

    /// A block without a value.
    fn block(&mut self, label: InstrSeqId, mut expr: Expr, last: bool, into: &mut Vec<Expr>) {
        let body = &mut expr.bodies[0];
        // What comes before the first way out need not be in it.
        let first = body.iter().position(|expr| branches(expr, label) > 0);
        let first = first.unwrap_or(body.len());
        if first > 0 {
            self.changed = true;
            into.extend(body.drain(..first));
        }
        let Some(leaves) = body.first_mut() else {
            self.changed = true;
            return;
        };
        match leaves.instr.clone() {
            // block { br_if 0 (c); … }: if (!c) { … }
            Instr::BrIf(BrIf { block }) if block == label && branches(leaves, label) == 1 => {
                self.changed = true;
                let condition = body.remove(0).args.remove(0);
                let alternative = self.function.builder_mut().dangling_instr_seq(None).id();
                let mut branch =
                    Expr::new(IfElse { consequent: label, alternative }, vec![negated(condition)]);
                branch.bodies = vec![std::mem::take(body), Vec::new()];
                return into.push(branch);
            }
            Instr::IfElse(IfElse { consequent, alternative }) if self.is_void(consequent) => {
                // block { if (c) { …; br 1 }; … }: if (c) { … } else { … }
                let ends = |body: &[Expr]| match body.last().map(|last| &last.instr) {
                    Some(Instr::Br(Br { block })) => *block == label,
                    Some(Instr::Return(_)) => last,
                    _ => false,
                };
                // A branch to the end of the `if` leads to what comes after it.
                let [then, other] = &body[0].bodies[..] else { return into.push(expr) };
                if other.is_empty() && ends(then) && !is_left(&body[0]) {
                    self.changed = true;
                    body[0].bodies[0].pop();
                    let rest = body.split_off(1);
                    body[0].bodies[1] = rest;
                }
                // A block with nothing in it but an `if` is that.
                if body.len() == 1 && branches(&body[0].args[0], label) == 0 {
                    self.changed = true;
                    for (body, own) in body[0].bodies.iter_mut().zip([consequent, alternative]) {
                        body.iter_mut().for_each(|expr| retarget(expr, label, own));
                    }
                    return into.append(body);
                }
            }
            Instr::Loop(Loop { seq })
                if body.len() == 1 && self.is_void(seq) && self.end_loop(label, &mut body[0]) =>
            {
                self.changed = true;
                return into.append(body);
            }
            Instr::Block(Block { seq }) if body.len() == 1 && self.is_void(seq) => {
                self.changed = true;
                retarget(&mut body[0], label, seq);
                return into.append(body);
            }
            _ => {}
        }
        into.push(expr);
    }

    /// block { loop { br_if 1 (c); … } }: loop { if (!c) { … } }. False if that is not smaller.
    fn end_loop(&mut self, label: InstrSeqId, expr: &mut Expr) -> bool {
        let is_way = |expr: &Expr| match (&expr.instr, &expr.args[..]) {
            (Instr::BrIf(BrIf { block }), [condition]) => {
                *block == label && branches(condition, label) == 0
            }
            _ => false,
        };
        let ways = expr.bodies[0].iter().filter(|expr| is_way(expr));
        // An `if` takes a byte more than a branch.
        let grows: Vec<_> = ways.map(|way| 1 + negation_grows(&way.args[0])).collect();
        const BLOCK: i32 = 3;
        if grows.len() != branches(expr, label) || grows.iter().sum::<i32>() >= BLOCK {
            return false;
        }
        let body = &mut expr.bodies[0];
        while let Some(way) = body.iter().rposition(is_way) {
            let rest = body.split_off(way + 1);
            let condition = body.pop().map(|mut way| way.args.remove(0));
            let mut new = || self.function.builder_mut().dangling_instr_seq(None).id();
            let (consequent, alternative) = (new(), new());
            let conditions = condition.into_iter().map(negated).collect();
            let mut branch = Expr::new(IfElse { consequent, alternative }, conditions);
            branch.bodies = vec![rest, Vec::new()];
            body.push(branch);
        }
        true
    }

    /// An `if` without a value.
    fn branches(
        &mut self,
        consequent: InstrSeqId,
        alternative: InstrSeqId,
        mut expr: Expr,
        into: &mut Vec<Expr>,
    ) {
        let [then, other] = &mut expr.bodies[..] else { return into.push(expr) };
        if then.is_empty() && !other.is_empty() {
            self.changed = true;
            let condition = negated(expr.args.remove(0));
            // Branches to either label lead to the same place.
            other.iter_mut().for_each(|expr| retarget(expr, alternative, consequent));
            let mut swapped = Expr::new(IfElse { consequent, alternative }, vec![condition]);
            swapped.bodies = vec![std::mem::take(other), Vec::new()];
            return into.push(swapped);
        }
        if other.is_empty() {
            match then.first().map(|first| &first.instr) {
                None => {
                    self.changed = true;
                    return into.push(Expr::new(Drop {}, expr.args));
                }
                // if (c) { br 1 }: br_if 0 (c)
                Some(Instr::Br(Br { block })) if then[0].args.is_empty() => {
                    self.changed = true;
                    return into.push(Expr::new(BrIf { block: *block }, expr.args));
                }
                _ => {}
            }
        }
        into.push(expr);
    }

    /// A branch to where control goes anyway is none, and a block that ends there has no label of its own.
    fn drop_last_branches(&mut self, body: &mut Vec<Expr>, label: InstrSeqId) {
        let Some(last) = body.last_mut() else { return };
        match &last.instr {
            Instr::Block(Block { seq }) if self.is_void(*seq) => {
                self.changed = true;
                retarget(last, *seq, label);
                let inner = body.pop().into_iter().flat_map(|mut block| block.bodies.remove(0));
                body.extend(inner);
                self.drop_last_branches(body, label);
            }
            Instr::Br(Br { block }) if *block == label => {
                self.changed = true;
                body.pop();
                self.drop_last_branches(body, label);
            }
            Instr::BrIf(BrIf { block }) if *block == label => {
                self.changed = true;
                last.instr = Drop {}.into();
            }
            Instr::Block(_) | Instr::IfElse(_) => {
                for body in &mut last.bodies {
                    self.drop_last_branches(body, label);
                }
            }
            _ => {}
        }
    }
}

/// What a block does before it makes its value, if nothing is done before it and nothing leaves it,
/// need not be in it.
fn hoist(expr: &mut Expr, into: &mut Vec<Expr>) -> bool {
    if let Instr::Block(Block { seq }) = expr.instr {
        let body = &mut expr.bodies[0];
        let value = body.last().is_some_and(|last| !is_statement(last));
        if value
            && !body.iter().any(|expr| branches(expr, seq) > 0)
            && let Some(value) = body.pop()
        {
            into.append(body);
            *expr = value;
            hoist(expr, into);
            return true;
        }
        return false;
    }
    let first = expr.args.iter_mut().find(|arg| !matches!(arg.instr, Instr::Const(_)));
    first.is_some_and(|first| hoist(first, into))
}

/// Whether it certainly makes no value, or may not end.
fn is_statement(expr: &Expr) -> bool {
    !matches!(
        expr.instr,
        Instr::LocalGet(_)
            | Instr::LocalTee(_)
            | Instr::GlobalGet(_)
            | Instr::Const(_)
            | Instr::Binop(_)
            | Instr::Unop(_)
            | Instr::Load(_)
            | Instr::Select(_)
    )
}

/// How many branches in it lead to a label.
pub fn branches(expr: &Expr, label: InstrSeqId) -> usize {
    let mut count = 0;
    expr.visit(&mut |expr| {
        count += match &expr.instr {
            Instr::Br(branch) => usize::from(branch.block == label),
            Instr::BrIf(branch) => usize::from(branch.block == label),
            Instr::BrTable(table) => {
                let targets = table.blocks.iter().chain([&table.default]);
                targets.filter(|target| **target == label).count()
            }
            _ => 0,
        };
    });
    count
}

/// Leads the branches in it that lead to one label to another.
fn retarget(expr: &mut Expr, from: InstrSeqId, to: InstrSeqId) {
    let change = |target: &mut InstrSeqId| {
        if *target == from {
            *target = to;
        }
    };
    expr.visit_mut(&mut |expr| match &mut expr.instr {
        Instr::Br(branch) => change(&mut branch.block),
        Instr::BrIf(branch) => change(&mut branch.block),
        Instr::BrTable(table) => {
            table.blocks.iter_mut().for_each(change);
            change(&mut table.default);
        }
        _ => {}
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, each};
    use super::*;

    #[track_caller]
    fn assert_becomes(before: &str, after: &str) {
        let module = |body| {
            format!(
                r#"(module (import "env" "f" (func $f)) (import "env" "g" (func $g)) (memory 1)
                    (func (export "e") (param i32 i32) {body}))"#
            )
        };
        assert_is(each(&module(before), simplify), &module(after));
    }

    #[test]
    fn a_block_that_is_left_at_once_is_an_if() {
        assert_becomes(
            "(block $b (call $f) (br_if $b (i32.eqz (local.get 0))) (call $g)
                (br_if $b (local.get 1)) (call $f))",
            "(call $f) (if $b (local.get 0) (then (call $g) (br_if $b (local.get 1)) (call $f)))",
        );
        assert_becomes(
            "(block $b (br_if $b (i32.lt_u (local.get 0) (local.get 1))) (call $g))",
            "(if (i32.ge_u (local.get 0) (local.get 1)) (then (call $g)))",
        );
    }

    #[test]
    fn who_asks_for_a_sign_counts_zeros() {
        for (before, after) in [
            ("(i32.lt_s (local.get 0) (i32.const 0))", "(i32.eqz (i32.clz (local.get 0)))"),
            ("(i32.gt_s (local.get 0) (i32.const -1))", "(i32.clz (local.get 0))"),
            (
                "(i32.eq (memory.grow (local.get 0)) (i32.const -1))",
                "(i32.eqz (i32.clz (memory.grow (local.get 0))))",
            ),
            // Another number, or the other way of comparing.
            ("(i32.lt_s (local.get 0) (i32.const 1))", "(i32.lt_s (local.get 0) (i32.const 1))"),
            ("(i32.lt_u (local.get 0) (i32.const 0))", "(i32.lt_u (local.get 0) (i32.const 0))"),
            ("(i32.eq (local.get 0) (i32.const -1))", "(i32.eq (local.get 0) (i32.const -1))"),
        ] {
            let with = |condition| format!("(if {condition} (then (call $f)))");
            assert_becomes(&with(before), &with(after));
        }
    }

    #[test]
    fn a_block_that_ends_where_another_does_is_a_part_of_it() {
        assert_becomes(
            "(loop $l (if $i (local.get 0) (then
                (br_if $i (local.get 1))
                (block $b
                    (if (local.get 1) (then (br_if $b (local.get 0)) (br_if $l (local.get 1))))
                    (call $f)))))",
            "(loop $l (if $i (local.get 0) (then
                (br_if $i (local.get 1))
                (if (local.get 1) (then (br_if $i (local.get 0)) (br_if $l (local.get 1))))
                (call $f))))",
        );
    }

    #[test]
    fn a_loop_that_is_left_for_the_end_of_its_block_needs_no_block() {
        assert_becomes(
            "(block $b (loop $l
                (call $f)
                (br_if $b (i32.eqz (local.get 0)))
                (call $g)
                (br_if $b (i32.eq (local.get 0) (local.get 1)))
                (br $l)))
            (call $f)",
            "(loop $l
                (call $f)
                (if (local.get 0) (then
                    (call $g)
                    (br_if $l (i32.ne (local.get 0) (local.get 1))))))
            (call $f)",
        );
        for same in [
            // It is not smaller, or left from within.
            "(block $b (loop $l
                (call $f) (br_if $b (local.get 0)) (call $g) (br_if $b (local.get 1)) (br $l)))
            (call $f)",
            "(block $b (loop $l
                (call $f)
                (if (local.get 0) (then (call $g) (br_if $b (local.get 1)) (call $g)))
                (br $l)))
            (call $f)",
        ] {
            assert_becomes(same, same);
        }
    }

    #[test]
    fn a_branch_with_a_value_of_zero_stays() {
        let with = "(drop (block $b (result i32)
            (drop (br_if $b (i32.const 0) (local.get 0))) (i32.const 1)))";
        assert_becomes(with, with);
    }

    #[test]
    fn two_blocks_are_an_if_with_an_else() {
        assert_becomes(
            "(block $a (block $b (br_if $b (local.get 0)) (call $f) (br $a)) (call $g))",
            "(if (local.get 0) (then (call $g)) (else (call $f)))",
        );
        assert_becomes(
            "(block $b (br_if $b (local.get 0)) (call $f) (return)) (call $g)",
            "(if (i32.eqz (local.get 0)) (then (call $f) (return))) (call $g)",
        );
        assert_becomes(
            "(block $a
                (block $b (br_if $b (local.get 0)) (br_if $a (local.get 1)) (call $f) (return))
                (call $g))",
            "(if $i (local.get 0)
                (then (call $g))
                (else (br_if $i (local.get 1)) (call $f)))",
        );
    }

    #[test]
    fn a_branch_from_the_first_to_the_second_keeps_them_apart() {
        assert_becomes(
            "(block $a
                (block $b (br_if $b (local.get 0)) (call $f) (br_if $b (local.get 1)) (br $a))
                (call $g))",
            "(block $a
                (if $b (i32.eqz (local.get 0))
                    (then (call $f) (br_if $b (local.get 1)) (br $a)))
                (call $g))",
        );
    }

    #[test]
    fn branches_to_where_control_goes_anyway_go() {
        assert_becomes("(block $b (call $f) (br $b)) (return)", "(call $f)");
        assert_becomes(
            "(block $b (call $f) (br_if $b (i32.const 0)) (call $g))",
            "(call $f) (call $g)",
        );
        assert_becomes(
            "(block $b (block (br_if 0 (local.get 0)) (br $b)) (call $f))",
            "(if (local.get 0) (then (call $f)))",
        );
        assert_becomes("(loop $l (call $f) (br $l))", "(loop $l (call $f) (br $l))");
    }
}
