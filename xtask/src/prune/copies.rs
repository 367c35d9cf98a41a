//! Copies that need not ask first whether there is anything to copy.
//!
//! `memory.copy` traps at an address beyond the memory even if it copies nothing, where Rust's copy does nothing. So
//! LLVM asks before each whether there is anything. The SDK puts all texts together in one function, for which
//! every address lies in memory, of nothing as well: that is a part of what it says of itself, and known here by its name.

use walrus::Module;
use walrus::ir::{BrIf, Instr, UnaryOp, Unop};

use super::tree::{Expr, Tree};

/// Appends bytes to a text: a writer and a slice, to the writer behind them.
const COPIES: &str = "whit::arena::text::Writer::put";

/// Takes the question out of that function.
pub fn bare(module: &Module, trees: &mut [Tree]) {
    let copies = |tree: &&mut Tree| {
        let name = module.funcs.get(tree.function).name.as_deref();
        name.is_some_and(|name| path(name) == COPIES)
    };
    for tree in trees.iter_mut().filter(copies) {
        for expr in &mut tree.body {
            if let Some(copy) = asked(expr) {
                *expr = copy;
            }
        }
    }
}

/// The path of a function, of a name that the compiler has made of it.
fn path(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name)).replace(['<', '>'], "")
}

/// Of `block { br_if 0 (eqz size); memory.copy to from size }` the copy.
fn asked(expr: &Expr) -> Option<Expr> {
    let (Instr::Block(block), [body]) = (&expr.instr, &expr.bodies[..]) else { return None };
    let [Expr { instr: Instr::BrIf(BrIf { block: label }), args, .. }, copy] = &body[..] else {
        return None;
    };
    let [Expr { instr: Instr::Unop(Unop { op: UnaryOp::I32Eqz }), args: asked, .. }] = &args[..]
    else {
        return None;
    };
    let (Instr::MemoryCopy(_), [to, from, size]) = (&copy.instr, &copy.args[..]) else {
        return None;
    };
    let local = |expr: &Expr| match &expr.instr {
        Instr::LocalGet(get) => Some(get.local),
        _ => None,
    };
    let plain = [to, from, size].into_iter().all(|arg| local(arg).is_some());
    let same = plain && local(&asked[0]) == local(size) && *label == block.seq;
    same.then(|| copy.clone())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, linked};
    use super::super::tree;

    const ASKS: &str = "(block $b
        (br_if $b (i32.eqz (local.get 2)))
        (memory.copy (local.get 0) (local.get 1) (local.get 2)))";

    #[track_caller]
    fn assert_becomes(name: &str, before: &str, after: &str) {
        let module = |body| {
            format!(
                r#"(module (memory 1) (func ${name} (export "e") (param i32 i32 i32) (result i32)
                    {body} (i32.add (local.get 0) (local.get 2))))"#
            )
        };
        let (mut found, relocations) = linked(&module(before), &[]);
        let mut trees = tree::read(&found, &relocations).expect("known instructions");
        super::bare(&found, &mut trees);
        tree::write(&mut found, trees);
        assert_is(found, &module(after));
    }

    #[test]
    fn the_function_of_the_sdk_does_not_ask() {
        let bare = "(memory.copy (local.get 0) (local.get 1) (local.get 2))";
        for name in [
            "_ZN4whit5arena4text6Writer3put17hb4fa4fecc0b887d7E",
            "_RNvMNtNtCs4fqI2P2rA04_4whit5arena4textNtB2_6Writer3put",
        ] {
            assert_becomes(name, ASKS, bare);
        }
    }

    #[test]
    fn all_others_do() {
        for name in ["memcpy", "_ZN4what5arena4text6Writer3put17hb4fa4fecc0b887d7E"] {
            assert_becomes(name, ASKS, ASKS);
        }
        // Another question.
        for other in [
            ASKS.replace("(local.get 2)))\n", "(local.get 1)))\n"),
            ASKS.replace("i32.eqz", "i32.clz"),
        ] {
            assert_ne!(other, ASKS);
            assert_becomes("_ZN4whit5arena4text6Writer3put17hb4fa4fecc0b887d7E", &other, &other);
        }
    }
}
