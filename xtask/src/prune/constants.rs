//! Locals of which is known what they hold, and values that nobody reads.

use std::collections::{BTreeMap, HashMap};

use walrus::ir::{
    BinaryOp, Binop, Block, Br, BrIf, Const, Drop, IfElse, Instr, InstrSeqId, LocalGet, LocalSet,
    LocalTee, Loop, UnaryOp, Unop, Value,
};
use walrus::{LocalId, Module, ValType};

use super::bits::{self, Bits};
use super::liveness;
use super::tree::{Expr, Tree};
use super::values::{is_left, read_first, set_last};

/// Puts constants where locals hold them, and drops what then nobody reads. Where a load or a store has an address that
/// is another local and up to `free` more, that is its offset: no object lies below that address ([`super::offsets`]).
pub fn fold(module: &Module, tree: &mut Tree, free: u32) {
    let function = module.funcs.get(tree.function).kind.unwrap_local();
    let mut known = Known::new();
    for expr in &tree.body {
        expr.visit(&mut |expr| {
            let (Instr::LocalGet(LocalGet { local })
            | Instr::LocalSet(LocalSet { local })
            | Instr::LocalTee(LocalTee { local })) = expr.instr
            else {
                return;
            };
            let zero = match module.locals.get(local).ty() {
                ValType::I32 => Number::I32(0),
                ValType::I64 => Number::I64(0),
                _ => return,
            };
            if !function.args.contains(&local) {
                known.insert(local, zero);
            }
        });
    }
    let mut folder = Folder { targets: HashMap::new(), free };
    folder.body(&mut tree.body, Some(known), None);
    liveness::mark(tree);
    drop_unread(&mut tree.body);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    I32(i32),
    I64(i64),
    /// What another local holds.
    Same(LocalId),
    /// What another local holds, and so much more.
    More(LocalId, u32),
    /// Some number of these.
    Some(Bits),
}

impl Number {
    fn of(expr: &Expr, known: &Option<Known>) -> Option<Self> {
        match expr.instr {
            // An address may still move.
            _ if expr.place.is_some() => None,
            Instr::Const(Const { value: Value::I32(value) }) => Some(Self::I32(value)),
            Instr::Const(Const { value: Value::I64(value) }) => Some(Self::I64(value)),
            Instr::LocalGet(LocalGet { local }) => Some(Self::Same(local)),
            Instr::Binop(Binop { op: BinaryOp::I32Add }) => {
                let Instr::LocalGet(LocalGet { local }) = expr.args[0].instr else { return None };
                Some(Self::More(local, bits::constant(&expr.args[1])?))
            }
            _ => Bits::of(expr, &|local| held(local, known)).map(Self::Some),
        }
    }

    fn bits(self, known: &Option<Known>) -> Option<Bits> {
        match self {
            Self::I32(number) => Bits::of_constant(number),
            Self::I64(_) | Self::More(..) => None,
            Self::Same(local) => held(local, known),
            Self::Some(bits) => Some(bits),
        }
    }

    /// What is known of what is one of two.
    fn or(self, other: Self) -> Option<Self> {
        if self == other {
            return Some(self);
        }
        let bits = |number: Self| number.bits(&None);
        Some(Self::Some(bits(self)?.max(bits(other)?)))
    }

    /// The local of which it is known how it differs from that.
    fn of_local(self) -> Option<LocalId> {
        match self {
            Self::Same(local) | Self::More(local, _) => Some(local),
            _ => None,
        }
    }

    /// The constant, if it takes no more bytes than `local.get`.
    fn short(self) -> Option<Expr> {
        const SHORT: std::ops::Range<i64> = -64..64;
        let value = match self {
            Self::I32(value) if SHORT.contains(&value.into()) => Value::I32(value),
            Self::I64(value) if SHORT.contains(&value) => Value::I64(value),
            _ => return None,
        };
        Some(Expr::new(Const { value }, Vec::new()))
    }
}

type Known = BTreeMap<LocalId, Number>;

/// What is known on both of two ways; `None` is a way that nothing takes.
fn both(one: Option<Known>, other: Option<Known>) -> Option<Known> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.retain(|local, number| {
                let either = other.get(local).and_then(|other| number.or(*other));
                either.inspect(|either| *number = *either).is_some()
            });
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

/// What bits a local has.
fn held(local: LocalId, known: &Option<Known>) -> Option<Bits> {
    known.as_ref()?.get(&local)?.bits(known)
}

struct Folder {
    /// No object lies below this address.
    free: u32,
    /// What is known wherever a branch to a label starts.
    targets: HashMap<InstrSeqId, Option<Known>>,
}

impl Folder {
    /// `next` is the local that is read as soon as the body is done.
    fn body(
        &mut self,
        body: &mut [Expr],
        mut known: Option<Known>,
        next: Option<LocalId>,
    ) -> Option<Known> {
        for at in 0..body.len() {
            let (expr, rest) = body[at..].split_at_mut(1);
            let next = rest.first().map_or(next, read_first);
            known = self.expr(&mut expr[0], known, next);
        }
        known
    }

    fn expr(
        &mut self,
        expr: &mut Expr,
        mut known: Option<Known>,
        next: Option<LocalId>,
    ) -> Option<Known> {
        self.offset(expr, &known);
        for arg in &mut expr.args {
            known = self.expr(arg, known, None);
        }
        if let Some(constant) = converted(expr) {
            *expr = constant;
            return known;
        }
        bits::simplify(expr, &|local| held(local, &known));
        match expr.instr {
            Instr::Block(Block { seq }) => {
                self.targets.insert(seq, None);
                let end = self.body(&mut expr.bodies[0], known, next);
                return both(end, self.targets.remove(&seq).flatten());
            }
            Instr::Loop(Loop { seq }) => {
                // What it sets is unknown when it begins again.
                for inner in &expr.bodies[0] {
                    inner.visit(&mut |inner| {
                        if let Instr::LocalSet(LocalSet { local })
                        | Instr::LocalTee(LocalTee { local }) = inner.instr
                        {
                            known.iter_mut().for_each(|known| forget(local, known));
                        }
                    });
                }
                self.targets.insert(seq, None);
                return self.body(&mut expr.bodies[0], known, next);
            }
            Instr::IfElse(IfElse { consequent, alternative }) => {
                self.targets.insert(consequent, None);
                self.targets.insert(alternative, None);
                let then = self.body(&mut expr.bodies[0], known.clone(), next);
                // What is read next then comes from both branches, and can be the value of the `if`.
                let mut other = known.clone();
                if let Some(local) = set_last(&expr.bodies[0])
                    && next == Some(local)
                    && expr.bodies[1].is_empty()
                    && !is_left(expr)
                    && let Some(known) = &known
                    && let Some(value) = known.get(&local).and_then(|number| number.short())
                {
                    expr.bodies[1].push(Expr::new(LocalSet { local }, vec![value]));
                } else {
                    other = self.body(&mut expr.bodies[1], known, next);
                }
                let branches = both(
                    self.targets.remove(&consequent).flatten(),
                    self.targets.remove(&alternative).flatten(),
                );
                return both(both(then, other), branches);
            }
            Instr::Br(Br { block }) => {
                self.branch(block, &known);
                return None;
            }
            Instr::BrIf(BrIf { block }) => self.branch(block, &known),
            Instr::BrTable(ref table) => {
                for block in table.blocks.iter().chain([&table.default]) {
                    self.branch(*block, &known);
                }
                return None;
            }
            Instr::Return(_) | Instr::Unreachable(_) => return None,
            Instr::LocalGet(LocalGet { local }) => {
                let number = known.as_ref().and_then(|known| known.get(&local));
                if let Some(constant) = number.and_then(|number| number.short()) {
                    *expr = constant;
                }
            }
            Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) => {
                let number = Number::of(&expr.args[0], &known);
                let Some(known) = &mut known else { return None };
                let is_one = !matches!(number, None | Some(Number::Some(_)));
                match number {
                    Some(Number::More(other, more)) if other == local => grow(local, more, known),
                    // It has it already.
                    _ if is_one && known.get(&local) == number.as_ref() => {
                        let set = matches!(expr.instr, Instr::LocalSet(_));
                        let value = expr.args.remove(0);
                        *expr = if set { Expr::new(Drop {}, vec![value]) } else { value };
                    }
                    _ => {
                        forget(local, known);
                        known.extend(
                            number.filter(|to| *to != Number::Same(local)).map(|to| (local, to)),
                        );
                    }
                }
            }
            _ => {}
        }
        known
    }

    /// The address of a load or a store, where it is evaluated.
    fn offset(&self, expr: &mut Expr, known: &Option<Known>) {
        let offset = match &mut expr.instr {
            Instr::Load(load) => &mut load.arg.offset,
            Instr::Store(store) => &mut store.arg.offset,
            _ => return,
        };
        if let Instr::LocalGet(LocalGet { local }) = &mut expr.args[0].instr
            && let Some(Number::More(other, more)) =
                known.as_ref().and_then(|known| known.get(local))
            && *more <= self.free
            && *offset == 0
            && expr.place.is_none()
        {
            (*local, *offset) = (*other, (*more).into());
        }
    }

    fn branch(&mut self, target: InstrSeqId, known: &Option<Known>) {
        let there = self.targets.entry(target).or_insert(None);
        *there = both(there.take(), known.clone());
    }
}

/// A constant of one width that is made of one of the other.
fn converted(expr: &Expr) -> Option<Expr> {
    let Instr::Unop(Unop { op }) = expr.instr else { return None };
    let value = match (op, Number::of(&expr.args[0], &None)?) {
        (UnaryOp::I32WrapI64, Number::I64(value)) => Value::I32(value as i32),
        (UnaryOp::I64ExtendUI32, Number::I32(value)) => Value::I64(value.cast_unsigned().into()),
        (UnaryOp::I64ExtendSI32, Number::I32(value)) => Value::I64(value.into()),
        _ => return None,
    };
    Some(Expr::new(Const { value }, Vec::new()))
}

/// What a local has held so far it no longer does.
fn forget(local: LocalId, known: &mut Known) {
    known.retain(|other, number| *other != local && number.of_local() != Some(local));
}

/// A local holds so much more than so far.
fn grow(local: LocalId, more: u32, known: &mut Known) {
    known.remove(&local);
    for number in known.values_mut() {
        match *number {
            Number::Same(other) if other == local => {
                *number = Number::More(local, more.wrapping_neg());
            }
            Number::More(other, before) if other == local => {
                *number = Number::More(local, before.wrapping_sub(more));
            }
            _ => {}
        }
    }
}

/// Stores to locals that nobody reads, and values that are dropped, if making them does nothing else.
fn drop_unread(body: &mut Vec<Expr>) {
    for expr in body.iter_mut() {
        expr.visit_mut(&mut |expr| {
            match expr.instr {
                Instr::LocalSet(_) if !expr.needed => expr.instr = Drop {}.into(),
                Instr::LocalTee(_) if !expr.needed => *expr = expr.args.remove(0),
                _ => {}
            }
            // A body is a part of what is visited, and done before it.
            expr.bodies.iter_mut().for_each(|body| body.retain(|expr| !does_nothing(expr)));
        });
    }
    body.retain(|expr| !does_nothing(expr));
}

fn does_nothing(expr: &Expr) -> bool {
    matches!(expr.instr, Instr::Drop(_)) && is_pure(&expr.args[0])
}

/// Whether to make a value does nothing else, and cannot trap.
pub fn is_pure(expr: &Expr) -> bool {
    use walrus::ir::BinaryOp::{
        I32DivS, I32DivU, I32RemS, I32RemU, I64DivS, I64DivU, I64RemS, I64RemU,
    };
    let plain = match &expr.instr {
        Instr::Const(_) | Instr::LocalGet(_) | Instr::GlobalGet(_) | Instr::Select(_) => true,
        Instr::Binop(binop) => !matches!(
            binop.op,
            I32DivS | I32DivU | I32RemS | I32RemU | I64DivS | I64DivU | I64RemS | I64RemU
        ),
        Instr::Unop(unop) => {
            use walrus::ir::UnaryOp::{
                I32Clz, I32Eqz, I32Extend8S, I32Extend16S, I32WrapI64, I64Eqz, I64Extend32S,
                I64ExtendSI32, I64ExtendUI32,
            };
            matches!(
                unop.op,
                I32Clz
                    | I32Eqz
                    | I64Eqz
                    | I32WrapI64
                    | I64ExtendSI32
                    | I64ExtendUI32
                    | I32Extend8S
                    | I32Extend16S
                    | I64Extend32S
            )
        }
        _ => false,
    };
    plain && expr.args.iter().all(is_pure)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, each};
    use super::*;

    #[track_caller]
    fn assert_becomes(before: &str, after: &str) {
        let module = |body| {
            format!(
                r#"(module (import "env" "f" (func $f (param i32))) (memory 1)
                    (func (export "e") (param i32) (local $x i32) (local $y i32) {body}))"#
            )
        };
        assert_is(each(&module(before), |module, tree| fold(module, tree, 8)), &module(after));
    }

    #[test]
    fn what_is_known_is_not_set_again() {
        assert_becomes(
            "(local.set $x (i32.const 0))
            (block $b
                (local.set $x (i32.const 0))
                (br_if $b (local.get 0))
                (local.set $x (local.get 0)))
            (call $f (local.get $x))",
            "(block $b (br_if $b (local.get 0)) (local.set $x (local.get 0)))
            (call $f (local.get $x))",
        );
        assert_becomes("(call $f (local.get $x))", "(call $f (i32.const 0))");
    }

    #[test]
    fn what_a_loop_or_one_of_two_ways_sets_is_not_known() {
        for body in [
            "(loop $l (call $f (local.get $x)) (local.set $x (i32.const 1)) (br_if $l (local.get 0)))",
            "(if (local.get 0) (then (local.set $x (i32.const 1))))
                (call $f (local.get 0)) (call $f (local.get $x))",
            "(block $b (br_if $b (local.get 0)) (local.set $x (i32.const 1)))
                (call $f (local.get $x))",
        ] {
            assert_becomes(body, body);
        }
    }

    #[test]
    fn what_nobody_reads_is_not_made() {
        assert_becomes("(local.set $x (i32.add (local.get 0) (i32.const 1)))", "");
        // A load may trap.
        let traps = "(call $f (i32.div_u (local.get 0) (local.get 0)))";
        assert_becomes(
            &format!("{traps} (local.set $x (i32.div_u (i32.const 1) (local.get 0)))"),
            &format!("{traps} (drop (i32.div_u (i32.const 1) (local.get 0)))"),
        );
    }

    #[test]
    fn an_address_is_another_and_an_offset() {
        assert_becomes(
            "(local.set $x (i32.add (local.get 0) (i32.const 4)))
            (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (call $f (i32.load8_u (local.get $x))) (i32.store (local.get $x) (local.get 0))",
            "(local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (call $f (i32.load8_u offset=3 (local.get 0)))
            (i32.store offset=3 (local.get 0) (local.get 0))",
        );
        assert_becomes(
            "(local.set $x (local.get 0))
            (local.set 0 (i32.add (local.get 0) (i32.const -2)))
            (call $f (i32.load (local.get $x)))",
            "(local.set 0 (i32.add (local.get 0) (i32.const -2)))
            (call $f (i32.load offset=2 (local.get 0)))",
        );
    }

    #[test]
    fn one_that_may_be_another_stays() {
        let begin = "(local.set $x (i32.add (local.get 0) (i32.const 4)))";
        for body in [
            // Below, too far, or from an object.
            "(local.set $x (i32.add (local.get 0) (i32.const -4))) (call $f (i32.load (local.get $x)))",
            "(local.set $x (i32.add (local.get 0) (i32.const 9))) (call $f (i32.load (local.get $x)))",
            &format!("{begin} (call $f (i32.load offset=8 (local.get $x)))"),
            // One of the two is set meanwhile, or may be.
            &format!("{begin} (local.set 0 (i32.load (local.get 0))) (call $f (i32.load (local.get $x)))"),
            &format!(
                "{begin} (if (local.get 0) (then (local.set 0 (i32.add (local.get 0) (i32.const 1)))))
                (call $f (i32.load (local.get $x)))"
            ),
            &format!(
                "{begin} (loop $l (call $f (i32.load (local.get $x)))
                (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))"
            ),
        ] {
            let body = format!("{body} (call $f (local.get 0))");
            assert_becomes(&body, &body);
        }
    }
}
