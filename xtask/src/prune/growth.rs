//! A global that only remembers where memory ends, which `memory.size` tells as well.
//!
//! Whoever hands memory out must not touch what somebody else has grown, so it remembers where its own
//! ends, and looks whether memory still ends there before it grows. In a module that grows memory in
//! one place only there is nobody else. If the global begins as the size of the memory, and is set to it
//! whenever that place has grown the memory, and nowhere else, it always is the size of the memory. A
//! host that grows a guest's memory itself (none is known to) gives it to whoever hands it out.

use walrus::ir::{
    BinaryOp, Binop, Const, GlobalGet, GlobalSet, Instr, LocalGet, LocalSet, LocalTee, MemoryGrow,
    MemorySize, Value,
};
use walrus::{ConstExpr, GlobalId, GlobalKind, LocalId, MemoryId, Module};

use super::tree::{Expr, Tree};

/// Reads the size of the memory instead, if there is such a global.
pub fn forget(module: &Module, trees: &mut [Tree]) {
    let Some(end) = End::of(module, trees) else { return };
    let grows = &mut trees[end.tree];
    end.agree(&mut grows.body, &mut Vec::new());
    for tree in trees {
        for expr in &mut tree.body {
            expr.visit_mut(&mut |expr| end.read(expr));
        }
        remove(&mut tree.body, &|expr| end.sets(expr));
    }
}

/// Where a page begins: its number, shifted.
const PAGE: i32 = 16;

struct End {
    global: GlobalId,
    memory: MemoryId,
    /// The function that grows the memory.
    tree: usize,
}

impl End {
    fn of(module: &Module, trees: &[Tree]) -> Option<Self> {
        let mut places = (0..).zip(trees).filter(|(_, tree)| any(&tree.body, &is_grow));
        let (tree, grows) = places.next()?;
        // A loop or a call could come back to what has been compared.
        let again = |expr: &Expr| {
            matches!(expr.instr, Instr::Loop(_) | Instr::Call(_) | Instr::CallIndirect(_))
        };
        if places.next().is_some() || any(&grows.body, &again) || count(&grows.body, &is_grow) > 1 {
            return None;
        }
        let (global, memory) = remembered(&grows.body)?;
        let end = Self { global, memory, tree };
        let sets: usize = trees.iter().map(|tree| count(&tree.body, &|expr| end.sets(expr))).sum();
        let GlobalKind::Local(ConstExpr::Value(Value::I32(first))) =
            module.globals.get(global).kind
        else {
            return None;
        };
        let memory = module.memories.get(memory);
        // One that is imported may have more.
        let pages = memory.import.is_none().then_some(memory.initial)?;
        (sets == 1 && u64::from(first.cast_unsigned()) == pages << PAGE).then_some(end)
    }

    fn sets(&self, expr: &Expr) -> bool {
        matches!(expr.instr, Instr::GlobalSet(GlobalSet { global }) if global == self.global)
    }

    fn gets(&self, expr: &Expr) -> bool {
        matches!(expr.instr, Instr::GlobalGet(GlobalGet { global }) if global == self.global)
    }

    fn read(&self, expr: &mut Expr) {
        if self.gets(expr) {
            let size = Expr::new(MemorySize { memory: self.memory }, Vec::new());
            let shift = Expr::new(Const { value: Value::I32(PAGE) }, Vec::new());
            *expr = Expr::new(Binop { op: BinaryOp::I32Shl }, vec![size, shift]);
        }
    }

    /// Whether the memory still ends there: it does, until it grows. `held` are the locals that hold the
    /// global. False once the memory may have grown.
    fn agree(&self, body: &mut [Expr], held: &mut Vec<LocalId>) -> bool {
        body.iter_mut().all(|expr| self.agree_in(expr, held))
    }

    fn agree_in(&self, expr: &mut Expr, held: &mut Vec<LocalId>) -> bool {
        if !self.agree(&mut expr.args, held) || is_grow(expr) {
            return false;
        }
        for body in &mut expr.bodies {
            // What is set there is not known after it: control may have gone another way.
            let mut there = held.clone();
            if !self.agree(body, &mut there) {
                return false;
            }
            held.retain(|local| there.contains(local));
        }
        // Nor what was there before, where something else may have been set.
        for expr in expr.bodies.iter().flatten() {
            expr.visit(&mut |expr| {
                if let Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) =
                    expr.instr
                {
                    held.retain(|other| *other != local);
                }
            });
        }
        match expr.instr {
            Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) => {
                held.retain(|other| *other != local);
                if self.gets(&expr.args[0]) {
                    held.push(local);
                }
            }
            Instr::Binop(Binop { op: BinaryOp::I32Ne }) => {
                let is_end = |expr: &Expr| match expr.instr {
                    Instr::LocalGet(LocalGet { local }) => held.contains(&local),
                    _ => self.gets(expr),
                };
                let [one, other] = &expr.args[..] else { return true };
                if (is_end(one) && is_size(other, self.memory))
                    || (is_end(other) && is_size(one, self.memory))
                {
                    *expr = Expr::new(Const { value: Value::I32(0) }, Vec::new());
                }
            }
            _ => {}
        }
        true
    }
}

/// What is set to the size of the memory right after it has grown.
fn remembered(body: &[Expr]) -> Option<(GlobalId, MemoryId)> {
    for pair in body.windows(2) {
        let ([grows, sets], memory) = (pair, grown(&pair[0])) else { continue };
        if let (Some(memory), Instr::GlobalSet(GlobalSet { global })) = (memory, &sets.instr)
            && is_size(&sets.args[0], memory)
            && count(std::slice::from_ref(grows), &is_grow) == 1
        {
            return Some((*global, memory));
        }
    }
    body.iter().flat_map(|expr| &expr.bodies).find_map(|body| remembered(body))
}

/// The memory that a statement grows, if control leaves it otherwise.
fn grown(expr: &Expr) -> Option<MemoryId> {
    let (Instr::BrIf(_), [condition]) = (&expr.instr, &expr.args[..]) else { return None };
    let Instr::Binop(Binop { op: BinaryOp::I32Eq }) = condition.instr else { return None };
    let [grow, failed] = &condition.args[..] else { return None };
    match (&grow.instr, &failed.instr) {
        (
            Instr::MemoryGrow(MemoryGrow { memory }),
            Instr::Const(Const { value: Value::I32(-1) }),
        ) => Some(*memory),
        _ => None,
    }
}

fn is_grow(expr: &Expr) -> bool {
    matches!(expr.instr, Instr::MemoryGrow(_))
}

/// Whether it is the address at which the memory ends.
fn is_size(expr: &Expr, memory: MemoryId) -> bool {
    let Instr::Binop(Binop { op: BinaryOp::I32Shl }) = expr.instr else { return false };
    let size =
        |expr: &Expr| matches!(&expr.instr, Instr::MemorySize(size) if size.memory == memory);
    let shift = |expr: &Expr| matches!(expr.instr, Instr::Const(Const { value: Value::I32(PAGE) }) if expr.place.is_none());
    matches!(&expr.args[..], [one, other] if size(one) && shift(other))
}

fn count(body: &[Expr], what: &impl Fn(&Expr) -> bool) -> usize {
    let mut found = 0;
    for expr in body {
        expr.visit(&mut |expr| found += usize::from(what(expr)));
    }
    found
}

fn any(body: &[Expr], what: &impl Fn(&Expr) -> bool) -> bool {
    count(body, what) > 0
}

fn remove(body: &mut Vec<Expr>, what: &impl Fn(&Expr) -> bool) {
    body.retain(|expr| !what(expr));
    for expr in body {
        expr.bodies.iter_mut().for_each(|body| remove(body, what));
    }
}

#[cfg(test)]
mod tests {
    use super::super::relocations::Relocations;
    use super::super::testing::{assert_is, linked};
    use super::super::tree;
    use super::*;

    const GROWS: &str = "(block $failed
        (if (i32.gt_u (local.get 0) (local.tee $end (global.get $limit))) (then
            (br_if $failed (i32.ne (i32.shl (memory.size) (i32.const 16)) (local.get $end)))
            (br_if $failed (i32.eq (memory.grow (local.get 0)) (i32.const -1)))
            (global.set $limit (i32.shl (memory.size) (i32.const 16))))))";

    fn module(limit: u32, grows: &str, other: &str) -> String {
        format!(
            r#"(module (memory (export "memory") 2) (global $limit (mut i32) (i32.const {limit}))
                (func (export "e") (param i32) (local $end i32) {grows})
                (func (export "o") (result i32) {other}))"#
        )
    }

    fn forgotten(wat: &str) -> Module {
        let (mut module, relocations) = linked(wat, &[]);
        let mut trees = tree::read(&module, &relocations).expect("known instructions");
        forget(&module, &mut trees);
        tree::write(&mut module, trees);
        module
    }

    #[test]
    fn a_global_that_holds_the_size_is_the_size() {
        assert_is(
            forgotten(&module(0x2_0000, GROWS, "(global.get $limit)")),
            r#"(module (memory (export "memory") 2)
                (func (export "e") (param i32) (local $end i32)
                    (block $failed
                        (if (i32.gt_u (local.get 0)
                            (local.tee $end (i32.shl (memory.size) (i32.const 16)))) (then
                            (br_if $failed (i32.const 0))
                            (br_if $failed (i32.eq (memory.grow (local.get 0)) (i32.const -1)))))))
                (func (export "o") (result i32) (i32.shl (memory.size) (i32.const 16))))"#,
        );
    }

    #[track_caller]
    fn assert_untouched(limit: u32, grows: &str, other: &str) {
        let wat = module(limit, grows, other);
        assert_is(forgotten(&wat), &wat);
    }

    #[test]
    fn one_that_begins_as_something_else_or_is_set_elsewhere_stays() {
        assert_untouched(0x1_0000, GROWS, "(global.get $limit)");
        assert_untouched(0x2_0000, GROWS, "(global.set $limit (i32.const 1)) (i32.const 0)");
    }

    #[test]
    fn where_something_else_grows_memory_all_stays() {
        assert_untouched(0x2_0000, GROWS, "(memory.grow (i32.const 1))");
        let twice = format!("{GROWS} (drop (memory.grow (i32.const 1)))");
        assert_untouched(0x2_0000, &twice, "(global.get $limit)");
        let again = format!("(loop $l {GROWS} (br_if $l (local.get 0)))");
        assert_untouched(0x2_0000, &again, "(global.get $limit)");
    }

    #[test]
    fn one_that_is_not_set_as_soon_as_memory_has_grown_stays() {
        let later = GROWS.replace("(global.set", "(drop (memory.size)) (global.set");
        assert_untouched(0x2_0000, &later, "(global.get $limit)");
    }

    #[test]
    fn a_comparison_with_what_may_be_another_number_stays() {
        for before in [
            "(local.set $end (local.get 0))",
            "(block $b (br_if $b (local.get 0)) (local.set $end (local.get 0)))",
        ] {
            let grows = GROWS.replacen("(br_if", &format!("{before} (br_if"), 1);
            assert!(compares(forgotten(&module(0x2_0000, &grows, "(i32.const 0)"))), "{before}");
        }
        // It may be either that comes out of the block.
        let either = "(block $b (local.set $end (local.get 0)) (br_if $b (local.get 0))
            (local.set $end (global.get $limit)))";
        let grows = GROWS.replacen("(br_if", &format!("{either} (br_if"), 1);
        assert!(compares(forgotten(&module(0x2_0000, &grows, "(i32.const 0)"))));
        let grows = GROWS.replacen("(local.tee $end (global.get $limit))", "(local.get 0)", 1);
        let set = "(if (local.get 0) (then (local.set $end (global.get $limit))))";
        let grows = format!("{set} {grows}");
        assert!(compares(forgotten(&module(0x2_0000, &grows, "(i32.const 0)"))));
        assert!(!compares(forgotten(&module(0x2_0000, GROWS, "(i32.const 0)"))));
    }

    /// Whether anything is compared.
    fn compares(module: Module) -> bool {
        let trees = tree::read(&module, &Relocations::default()).expect("known instructions");
        any(&trees[0].body, &|expr| {
            matches!(expr.instr, Instr::Binop(Binop { op: BinaryOp::I32Ne }))
        })
    }
}
