//! Masks and comparisons that change nothing, because of what bits a number can have.

use walrus::LocalId;
use walrus::ir::{
    BinaryOp, Binop, Const, ExtendedLoad, Instr, Load, LoadKind, LocalGet, UnaryOp, Unop, Value,
};

use super::tree::Expr;

/// What is known of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bits {
    /// It is 0 or 1.
    Flag,
    /// It is 255 at most.
    Byte,
}

impl Bits {
    pub fn of_constant(number: i32) -> Option<Self> {
        match number {
            0 | 1 => Some(Self::Flag),
            2..=255 => Some(Self::Byte),
            _ => None,
        }
    }

    /// `held` tells what a local holds.
    pub fn of(expr: &Expr, held: &impl Fn(LocalId) -> Option<Self>) -> Option<Self> {
        use BinaryOp::{
            I32And, I32Eq, I32GeS, I32GeU, I32GtS, I32GtU, I32LeS, I32LeU, I32LtS, I32LtU, I32Ne,
            I32Or, I32Xor, I64Eq, I64GeS, I64GeU, I64GtS, I64GtU, I64LeS, I64LeU, I64LtS, I64LtU,
            I64Ne,
        };
        let of = |arg: usize| Self::of(&expr.args[arg], held);
        match &expr.instr {
            Instr::Const(Const { value: Value::I32(number) }) if expr.place.is_none() => {
                Self::of_constant(*number)
            }
            Instr::LocalGet(LocalGet { local }) => held(*local),
            Instr::LocalTee(_) => of(0),
            Instr::Load(Load { kind, .. }) => {
                let byte = matches!(kind, LoadKind::I32_8 { kind: ExtendedLoad::ZeroExtend });
                byte.then_some(Self::Byte)
            }
            Instr::Select(_) => Some(of(0)?.max(of(1)?)),
            Instr::Unop(Unop { op: UnaryOp::I32Eqz | UnaryOp::I64Eqz }) => Some(Self::Flag),
            Instr::Binop(Binop { op }) => match op {
                I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS
                | I32GeU | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU
                | I64GeS | I64GeU => Some(Self::Flag),
                // No bits but those that both have.
                I32And => [of(0), of(1)].into_iter().flatten().min(),
                I32Or | I32Xor => Some(of(0)?.max(of(1)?)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Rewrites an instruction, whose operands are done. `held` tells what a local holds.
pub fn simplify(expr: &mut Expr, held: &impl Fn(LocalId) -> Option<Bits>) {
    let Instr::Binop(Binop { op }) = expr.instr else { return };
    let Some(number) = constant(&expr.args[1]) else { return };
    let value = &mut expr.args[0];
    let bits = Bits::of(value, held);
    let flag = number == 1 && bits == Some(Bits::Flag);
    let same = match op {
        BinaryOp::I32And if number == 255 => bits.is_some(),
        BinaryOp::I32And | BinaryOp::I32Eq => flag,
        _ => false,
    };
    if same {
        *expr = expr.args.swap_remove(0);
    } else if flag && matches!(op, BinaryOp::I32Ne | BinaryOp::I32Xor) {
        expr.args.truncate(1);
        expr.instr = Unop { op: UnaryOp::I32Eqz }.into();
    } else if let Some(least) = least_below_zero(value, held)
        && match op {
            BinaryOp::I32LtU | BinaryOp::I32GeU => number <= least,
            BinaryOp::I32LeU | BinaryOp::I32GtU => number < least,
            _ => false,
        }
    {
        *value = value.args.swap_remove(0);
    }
}

/// Of `(byte - n) & 255`: the least that comes of one below zero, which without the mask is more than any.
fn least_below_zero(expr: &Expr, held: &impl Fn(LocalId) -> Option<Bits>) -> Option<u32> {
    let Instr::Binop(Binop { op: BinaryOp::I32And }) = expr.instr else { return None };
    let [sum, mask] = &expr.args[..] else { return None };
    let Instr::Binop(Binop { op: BinaryOp::I32Add }) = sum.instr else { return None };
    let least = constant(&sum.args[1])?.wrapping_add(256);
    let applies = constant(mask) == Some(255)
        && (1..256).contains(&least)
        && Bits::of(&sum.args[0], held).is_some();
    applies.then_some(least)
}

/// The number that it is, if it is one that no relocation changes.
pub fn constant(expr: &Expr) -> Option<u32> {
    match expr.instr {
        Instr::Const(Const { value: Value::I32(number) }) if expr.place.is_none() => {
            Some(number.cast_unsigned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::constants::fold;
    use super::super::testing::{assert_is, each};

    #[track_caller]
    fn assert_becomes(before: &str, after: &str) {
        let module = |body| {
            format!(
                r#"(module (import "env" "f" (func $f (param i32))) (memory 1)
                    (func (export "e") (param i32) (local $x i32) (local $y i32) {body}))"#
            )
        };
        assert_is(each(&module(before), |module, tree| fold(module, tree, 0)), &module(after));
    }

    #[test]
    fn what_is_0_or_1_needs_no_mask() {
        let either = "(if (local.get 0)
                (then (local.set $x (i32.eqz (i32.load (local.get 0)))))
                (else (local.set $x (i32.const 1))))
            (call $f (local.get $x))";
        for (before, after) in [
            ("(i32.and (local.get $x) (i32.const 1))", "(local.get $x)"),
            ("(i32.eq (local.get $x) (i32.const 1))", "(local.get $x)"),
            ("(i32.ne (local.get $x) (i32.const 1))", "(i32.eqz (local.get $x))"),
            (
                "(i32.xor (i32.lt_u (local.get 0) (i32.const 3)) (i32.const 1))",
                "(i32.eqz (i32.lt_u (local.get 0) (i32.const 3)))",
            ),
            (
                "(i32.and (i32.or (local.get $x) (i32.load8_u (local.get 0))) (i32.const 255))",
                "(i32.or (local.get $x) (i32.load8_u (local.get 0)))",
            ),
        ] {
            let body = |value| format!("{either} (call $f {value})");
            assert_becomes(&body(before), &body(after));
        }
    }

    #[test]
    fn a_byte_in_a_range_needs_no_mask() {
        let range = |test: &str, masked: bool| {
            let number = "(i32.add (i32.load8_u (local.get 0)) (i32.const -48))";
            let number = match masked {
                true => format!("(i32.and {number} (i32.const 255))"),
                false => number.to_owned(),
            };
            format!("(call $f ({} {number} (i32.const {})))", &test[..8], &test[9..])
        };
        for test in ["i32.lt_u 10", "i32.ge_u 208", "i32.gt_u 207", "i32.le_u 9"] {
            assert_becomes(&range(test, true), &range(test, false));
        }
        // What is below zero is 208 and more.
        for test in ["i32.lt_u 209", "i32.ge_u 209", "i32.gt_u 208", "i32.le_u 208", "i32.lt_s 10"]
        {
            assert_becomes(&range(test, true), &range(test, true));
        }
    }

    #[test]
    fn what_may_be_more_does() {
        for masked in [
            "(i32.and (local.get 0) (i32.const 1))",
            "(i32.and (i32.or (i32.load8_u (local.get 0)) (i32.const 1)) (i32.const 1))",
            "(i32.and (i32.add (i32.eqz (local.get 0)) (i32.const 1)) (i32.const 1))",
            "(i32.and (i32.load8_s (local.get 0)) (i32.const 255))",
            "(i32.and (i32.load16_u (local.get 0)) (i32.const 255))",
            "(i32.and (i32.load8_u (local.get 0)) (i32.const 254))",
        ] {
            let body = format!("(call $f {masked})");
            assert_becomes(&body, &body);
        }
        // On one of two ways, or the next time.
        for body in [
            "(local.set $x (i32.eqz (i32.load (local.get 0))))
            (if (local.get 0) (then (local.set $x (local.get 0))))
            (call $f (i32.and (local.get $x) (i32.const 1)))",
            "(local.set $x (i32.eqz (i32.load (local.get 0))))
            (loop $l
                (call $f (i32.and (local.get $x) (i32.const 1)))
                (local.set $x (local.get 0))
                (br_if $l (local.get 0)))",
        ] {
            assert_becomes(body, body);
        }
    }
}
