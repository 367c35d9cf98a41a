//! Conditions, of which only matters whether they are zero.

use walrus::ir::{BinaryOp, Binop, Const, Instr, UnaryOp, Unop, Value};

use super::bits;
use super::tree::Expr;

/// A condition that holds when this one does not.
pub fn negated(condition: Expr) -> Expr {
    let condition = truth(condition);
    match condition.instr {
        Instr::Unop(Unop { op: UnaryOp::I32Eqz }) => only(condition),
        Instr::Binop(Binop { op }) if let Some(op) = opposite(op) => {
            Expr { instr: Binop { op }.into(), ..condition }
        }
        _ => Expr::new(Unop { op: UnaryOp::I32Eqz }, vec![condition]),
    }
}

/// By how many bytes a condition becomes larger when it is negated.
pub fn negation_grows(condition: &Expr) -> i32 {
    match condition.instr {
        Instr::Unop(Unop { op: UnaryOp::I32Eqz }) => -1,
        Instr::Binop(Binop { op }) if opposite(op).is_some() => 0,
        _ => 1,
    }
}

/// A condition that holds when this one does, without what only makes one of a number. What asks for a sign counts
/// the zeros before the first one: a byte less.
pub fn truth(condition: Expr) -> Expr {
    match &condition.instr {
        Instr::Binop(Binop { op }) if let Some(negative) = asks_for_sign(*op, &condition.args) => {
            let zeros = Expr::new(Unop { op: UnaryOp::I32Clz }, vec![only(condition)]);
            if negative { Expr::new(Unop { op: UnaryOp::I32Eqz }, vec![zeros]) } else { zeros }
        }
        Instr::Unop(Unop { op: UnaryOp::I32Eqz }) => match &condition.args[0].instr {
            Instr::Unop(Unop { op: UnaryOp::I32Eqz }) => truth(only(only(condition))),
            Instr::Binop(Binop { op }) if let Some(op) = opposite(*op) => {
                Expr { instr: Binop { op }.into(), ..only(condition) }
            }
            _ => condition,
        },
        Instr::Binop(Binop { op: BinaryOp::I32Ne }) if is_zero(&condition.args[1]) => {
            truth(only(condition))
        }
        _ => condition,
    }
}

/// Whether a comparison holds for negative numbers, if it does for either those or all others.
fn asks_for_sign(op: BinaryOp, args: &[Expr]) -> Option<bool> {
    let [number, constant] = args else { return None };
    match (op, bits::constant(constant)?.cast_signed()) {
        (BinaryOp::I32LtS, 0) | (BinaryOp::I32LeS, -1) => Some(true),
        (BinaryOp::I32GeS, 0) | (BinaryOp::I32GtS, -1) => Some(false),
        // No other number below zero is returned.
        (BinaryOp::I32Eq, -1) if matches!(number.instr, Instr::MemoryGrow(_)) => Some(true),
        (BinaryOp::I32Ne, -1) if matches!(number.instr, Instr::MemoryGrow(_)) => Some(false),
        _ => None,
    }
}

pub fn is_zero(expr: &Expr) -> bool {
    expr.place.is_none() && matches!(&expr.instr, Instr::Const(Const { value: Value::I32(0) }))
}

/// Its first operand.
fn only(mut expr: Expr) -> Expr {
    expr.args.swap_remove(0)
}

/// The comparison that holds when this one does not. (Of floats none: NaN.)
fn opposite(op: BinaryOp) -> Option<BinaryOp> {
    use BinaryOp::*;
    let pairs = [
        (I32Eq, I32Ne),
        (I32LtS, I32GeS),
        (I32LtU, I32GeU),
        (I32GtS, I32LeS),
        (I32GtU, I32LeU),
        (I64Eq, I64Ne),
        (I64LtS, I64GeS),
        (I64LtU, I64GeU),
        (I64GtS, I64LeS),
        (I64GtU, I64LeU),
    ];
    let same = |other: BinaryOp| std::mem::discriminant(&op) == std::mem::discriminant(&other);
    pairs.into_iter().find_map(|(one, other)| match () {
        () if same(one) => Some(other),
        () if same(other) => Some(one),
        () => None,
    })
}
