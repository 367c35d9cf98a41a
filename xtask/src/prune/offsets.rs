//! Additions that the offset of a load or a store can do.
//!
//! Both add, but an addition wraps around at the end of memory's addresses and an offset does not. They
//! differ for an address so near to that end that adding a small number leads to one below it. Where no
//! object lies so low, nothing can be loaded or stored there, so the address is none of these.

use walrus::ir::{BinaryOp, Binop, Const, Instr, Value};

use super::tree::Tree;

/// Moves additions of up to `free` to offsets: no object lies below that address.
pub fn fold(trees: &mut [Tree], free: u32) {
    for expr in trees.iter_mut().flat_map(|tree| &mut tree.body) {
        expr.visit_mut(&mut |expr| {
            // An offset that is there belongs to an object, within which the address is an index.
            let offset = match &mut expr.instr {
                Instr::Load(load) if load.arg.offset == 0 => &mut load.arg.offset,
                Instr::Store(store) if store.arg.offset == 0 => &mut store.arg.offset,
                _ => return,
            };
            let Some(address) = expr.args.first_mut() else { return };
            let Instr::Binop(Binop { op: BinaryOp::I32Add }) = address.instr else { return };
            let [_, added] = &address.args[..] else { return };
            if let Instr::Const(Const { value: Value::I32(number) }) = added.instr
                && let Ok(number) = u32::try_from(number)
                && number <= free
                && added.place.is_none()
            {
                *offset = number.into();
                *address = address.args.swap_remove(0);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, linked};
    use super::super::tree;

    #[track_caller]
    fn assert_becomes(before: &str, after: &str) {
        let module = |body| {
            format!(
                r#"(module (memory (export "memory") 1) (func (export "e") (param i32) {body})
                    (data (i32.const 8) "x"))"#
            )
        };
        let (mut found, relocations) = linked(&module(before), &[(7, 2)]);
        let mut trees = tree::read(&found, &relocations).expect("known instructions");
        super::fold(&mut trees, 8);
        tree::write(&mut found, trees);
        assert_is(found, &module(after));
    }

    #[test]
    fn an_addition_is_an_offset() {
        assert_becomes(
            "(i32.store (i32.add (local.get 0) (i32.const 4)) (i32.const 1))",
            "(i32.store offset=4 (local.get 0) (i32.const 1))",
        );
    }

    #[test]
    fn what_may_wrap_around_is_not() {
        for stays in [
            "(drop (i32.load (i32.add (local.get 0) (i32.const 9))))",
            "(drop (i32.load (i32.add (local.get 0) (i32.const -4))))",
            "(drop (i32.load offset=64 (i32.add (local.get 0) (i32.const 4))))",
            // The address of something, with an index.
            "(drop (i32.load (i32.add (local.get 0) (i32.const 8))))",
        ] {
            assert_becomes(stays, stays);
        }
    }
}
