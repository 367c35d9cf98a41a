//! A global that only remembers where memory ends, which `memory.size` tells as well.
//!
//! Whoever hands memory out must not touch what somebody else has grown, so it remembers where its own
//! ends, and looks whether memory still ends there before it grows. In a module that grows memory in
//! one place only there is nobody else. If the global begins as the size of the memory, and is set to it
//! whenever that place has grown the memory, and nowhere else, it always is the size of the memory, or 0 of one
//! of 4 GiB: that place must see to it that memory does not become as large. A host that grows a guest's memory
//! itself (none is known to) gives it to whoever hands it out.
//!
//! How large memory may become can then be said where it is declared, and the check before it grows goes:
//! `memory.grow` fails as well.

use std::slice;

use walrus::ir::{
    BinaryOp, Binop, BrIf, Const, GlobalGet, GlobalSet, Instr, InstrSeqId, LocalGet, LocalSet,
    LocalTee, MemoryGrow, MemorySize, Value,
};
use walrus::{ConstExpr, GlobalId, GlobalKind, LocalId, MemoryId, Module};

use super::bits::constant;
use super::condition::is_zero;
use super::tree::{Expr, Tree};

/// Reads the size of the memory instead, if there is such a global of which only the page is read.
pub fn forget(module: &mut Module, trees: &mut [Tree]) {
    let Some(end) = End::of(module, trees) else { return };
    let mut grows = trees[end.tree].body.clone();
    grows.iter_mut().for_each(|expr| expr.visit_mut(&mut |expr| end.read(expr)));
    end.agree(&mut grows, &mut Vec::new());
    if !end.is_bounded(&grows) {
        return;
    }
    end.declare(module, &mut grows);
    trees[end.tree].body = grows;
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
        let all = |what: &dyn Fn(&Expr) -> bool| -> usize {
            trees.iter().map(|tree| count(&tree.body, &|expr| what(expr))).sum()
        };
        let GlobalKind::Local(ConstExpr::Value(Value::I32(first))) =
            module.globals.get(global).kind
        else {
            return None;
        };
        let memory = module.memories.get(memory);
        // One that is imported may have more.
        let pages = memory.import.is_none().then_some(memory.initial)?;
        let is_it = all(&|expr| end.sets(expr)) == 1
            && all(&|expr| end.gets(expr)) == all(&|expr| end.is_page(expr))
            && u64::from(first.cast_unsigned()) == pages << PAGE;
        is_it.then_some(end)
    }

    fn sets(&self, expr: &Expr) -> bool {
        matches!(expr.instr, Instr::GlobalSet(GlobalSet { global }) if global == self.global)
    }

    fn gets(&self, expr: &Expr) -> bool {
        matches!(expr.instr, Instr::GlobalGet(GlobalGet { global }) if global == self.global)
    }

    /// Whether it is the number of the page at which the memory ends, of the global.
    fn is_page(&self, expr: &Expr) -> bool {
        matches!(expr.instr, Instr::Binop(Binop { op: BinaryOp::I32ShrU }))
            && self.gets(&expr.args[0])
            && is_page_shift(&expr.args[1])
    }

    fn is_size(&self, expr: &Expr) -> bool {
        matches!(expr.instr, Instr::MemorySize(MemorySize { memory }) if memory == self.memory)
    }

    fn read(&self, expr: &mut Expr) {
        if self.is_page(expr) {
            *expr = Expr::new(MemorySize { memory: self.memory }, Vec::new());
        }
    }

    /// The size is the same until the memory grows. `held` are the locals that hold it. False once the memory may
    /// have grown.
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
                if let Some(local) = set(expr) {
                    held.retain(|other| *other != local);
                }
            });
        }
        match expr.instr {
            Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) => {
                held.retain(|other| *other != local);
                if self.is_size(&expr.args[0]) {
                    held.push(local);
                }
            }
            Instr::LocalGet(LocalGet { local }) if held.contains(&local) => {
                *expr = Expr::new(MemorySize { memory: self.memory }, Vec::new());
            }
            Instr::Binop(Binop { op: BinaryOp::I32Ne })
                if expr.args.iter().all(|arg| self.is_size(arg)) =>
            {
                *expr = Expr::new(Const { value: Value::I32(0) }, Vec::new());
            }
            _ => {}
        }
        true
    }

    /// Whether memory never becomes as large as 4 GiB: `br_if (page | …) > most` comes before it grows by
    /// `page - size + more`.
    fn is_bounded(&self, body: &[Expr]) -> bool {
        let Some(at) = body.iter().position(|expr| grown(expr).is_some()) else {
            return body.iter().flat_map(|expr| &expr.bodies).any(|body| self.is_bounded(body));
        };
        let Some(Beyond { past, page, more }) = self.beyond(&body[..=at]) else { return false };
        let most = body[past + 1..at].iter().filter_map(|expr| most(expr, page)).min();
        most.is_some_and(|most| u64::from(most) + u64::from(more) < 1 << PAGE)
    }

    /// Declares how large memory may become, in place of `br_if (page | size) > most` before it grows by
    /// `page - size + 1` or leaves for the same label.
    fn declare(&self, module: &mut Module, body: &mut Vec<Expr>) {
        let Some(at) = body.iter().position(|expr| grown(expr).is_some()) else {
            return body
                .iter_mut()
                .flat_map(|expr| &mut expr.bodies)
                .for_each(|body| self.declare(module, body));
        };
        let Some(Beyond { past, page, more: 1 }) = self.beyond(&body[..=at]) else { return };
        // What never leaves does nothing.
        let does = |expr: &Expr| !matches!(&expr.args[..], [zero] if is_zero(zero));
        let mut between = (past + 1..at).filter(|at| does(&body[*at]));
        let (Some(check), None) = (between.next(), between.next()) else { return };
        let (Some(from), Some(to)) = (leaves_for(&body[check]), leaves_for(&body[at])) else {
            return;
        };
        let Some(most) = most(&body[check], page) else { return };
        let most = u64::from(most) + 1;
        let memory = module.memories.get_mut(self.memory);
        // Both are at most the most if they have no bits beyond: then memory grows by one page at least, and to no
        // more. One more page and there is no room for it.
        if from == to && most.is_power_of_two() && (1..=most).contains(&memory.initial) {
            memory.maximum = Some(memory.maximum.map_or(most, |maximum| maximum.min(most)));
            body.remove(check);
        }
    }

    /// Of a body up to where memory grows: by how much, if it says `beyond = page - size; br_if beyond < 0` before
    /// that, and neither is another then.
    fn beyond(&self, body: &[Expr]) -> Option<Beyond> {
        let mut by = None;
        let (grows, before) = body.split_last()?;
        grows.visit(&mut |expr| {
            if is_grow(expr) {
                by = expr.args.first();
            }
        });
        let [beyond, more] = operands(by?, BinaryOp::I32Add)?;
        let beyond = got(beyond)?;
        let sets = |expr: &Expr| count(slice::from_ref(expr), &|expr| set(expr) == Some(beyond));
        let past = before.iter().rposition(|expr| sets(expr) > 0)?;
        let (Instr::BrIf(_), [condition]) = (&before[past].instr, &before[past].args[..]) else {
            return None;
        };
        let [pages, zero] = operands(condition, BinaryOp::I32LtS)?;
        if set(pages) != Some(beyond) || !is_zero(zero) || sets(&before[past]) != 1 {
            return None;
        }
        let [page, size] = operands(pages.args.first()?, BinaryOp::I32Sub)?;
        let page = set(page).or(got(page))?;
        let size = if set(size).is_some_and(|local| local != page) { &size.args[0] } else { size };
        let stays = !any(&before[past + 1..], &|expr| set(expr) == Some(page));
        (self.is_size(size) && page != beyond && stays).then_some(Beyond {
            past,
            page,
            more: constant(more)?,
        })
    }
}

/// By how much memory grows.
struct Beyond {
    /// Which statement leaves if there is enough.
    past: usize,
    page: LocalId,
    more: u32,
}

/// The most that a local may be after a statement that leaves if it is more.
fn most(expr: &Expr, local: LocalId) -> Option<u32> {
    let (Instr::BrIf(_), [condition]) = (&expr.instr, &expr.args[..]) else { return None };
    let [number, most] = operands(condition, BinaryOp::I32GtU)?;
    let is_it = |expr: &Expr| got(expr) == Some(local);
    // What has other bits as well is no less.
    let or = operands(number, BinaryOp::I32Or).is_some_and(|both| both.iter().any(is_it));
    (is_it(number) || or).then(|| constant(most)).flatten()
}

fn leaves_for(expr: &Expr) -> Option<InstrSeqId> {
    match expr.instr {
        Instr::BrIf(BrIf { block }) if expr.args.len() == 1 => Some(block),
        _ => None,
    }
}

fn operands(expr: &Expr, op: BinaryOp) -> Option<&[Expr; 2]> {
    let Instr::Binop(found) = &expr.instr else { return None };
    let same = std::mem::discriminant(&found.op) == std::mem::discriminant(&op);
    same.then(|| expr.args.as_array()).flatten()
}

fn got(expr: &Expr) -> Option<LocalId> {
    match expr.instr {
        Instr::LocalGet(LocalGet { local }) => Some(local),
        _ => None,
    }
}

fn set(expr: &Expr) -> Option<LocalId> {
    match expr.instr {
        Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) => Some(local),
        _ => None,
    }
}

/// What is set to the size of the memory right after it has grown.
fn remembered(body: &[Expr]) -> Option<(GlobalId, MemoryId)> {
    for pair in body.windows(2) {
        let ([grows, sets], memory) = (pair, grown(&pair[0])) else { continue };
        if let (Some(memory), Instr::GlobalSet(GlobalSet { global })) = (memory, &sets.instr)
            && is_size(&sets.args[0], memory)
            && count(slice::from_ref(grows), &is_grow) == 1
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
    matches!(&expr.args[..], [one, other] if size(one) && is_page_shift(other))
}

fn is_page_shift(expr: &Expr) -> bool {
    constant(expr) == Some(PAGE.cast_unsigned())
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

    const GROWS: &str = "(block $failed (block $fits
        (br_if $fits (i32.lt_s
            (local.tee $beyond (i32.sub
                (local.get 0)
                (local.tee $end (i32.shr_u (global.get $limit) (i32.const 16)))))
            (i32.const 0)))
        (br_if $failed (i32.gt_u (i32.or (local.get $end) (local.get 0)) (i32.const 32767)))
        (br_if $failed (i32.ne (memory.size) (local.get $end)))
        (br_if $failed (i32.eq
            (memory.grow (i32.add (local.get $beyond) (i32.const 1))) (i32.const -1)))
        (global.set $limit (i32.shl (memory.size) (i32.const 16)))))";

    const READ: &str = "(i32.shr_u (global.get $limit) (i32.const 16))";

    fn module(limit: u32, grows: &str, other: &str) -> String {
        format!(
            r#"(module (memory (export "memory") 2) (global $limit (mut i32) (i32.const {limit}))
                (func (export "e") (param i32) (local $end i32) (local $beyond i32) {grows})
                (func (export "o") (result i32) {other}))"#
        )
    }

    fn forgotten(wat: &str) -> Module {
        let (mut module, relocations) = linked(wat, &[]);
        let mut trees = tree::read(&module, &relocations).expect("known instructions");
        forget(&mut module, &mut trees);
        tree::write(&mut module, trees);
        module
    }

    #[test]
    fn a_global_that_holds_the_size_is_the_size() {
        assert_is(
            // So many are no limit of memory.
            forgotten(&module(0x2_0000, &GROWS.replace("32767", "32766"), READ)),
            r#"(module (memory (export "memory") 2)
                (func (export "e") (param i32) (local $end i32) (local $beyond i32)
                    (block $failed (block $fits
                        (br_if $fits (i32.lt_s
                            (local.tee $beyond
                                (i32.sub (local.get 0) (local.tee $end (memory.size))))
                            (i32.const 0)))
                        (br_if $failed
                            (i32.gt_u (i32.or (memory.size) (local.get 0)) (i32.const 32766)))
                        (br_if $failed (i32.const 0))
                        (br_if $failed (i32.eq
                            (memory.grow (i32.add (local.get $beyond) (i32.const 1)))
                            (i32.const -1))))))
                (func (export "o") (result i32) (memory.size)))"#,
        );
    }

    #[test]
    fn one_of_which_more_than_the_page_is_read_stays() {
        assert_untouched(0x2_0000, GROWS, "(global.get $limit)");
    }

    #[test]
    fn where_memory_may_become_as_large_as_4_gib_all_stays() {
        let unbounded = [
            GROWS.replace("32767", "65535"),
            GROWS.replace("i32.gt_u", "i32.gt_s"),
            // Another one than it grows by, or one that is another by then.
            GROWS.replace("(i32.or (local.get $end) (local.get 0))", "(local.get $end)"),
            GROWS.replacen(
                "(br_if $failed (i32.ne",
                "(local.set 0 (i32.const -1)) (br_if $failed (i32.ne",
                1,
            ),
        ];
        for grows in unbounded {
            assert_untouched(0x2_0000, &grows, READ);
        }
    }

    #[test]
    fn how_large_memory_may_become_is_declared() {
        assert_is(
            forgotten(&module(0x2_0000, GROWS, READ)),
            r#"(module (memory (export "memory") 2 32768)
                (func (export "e") (param i32) (local $end i32) (local $beyond i32)
                    (block $failed (block $fits
                        (br_if $fits (i32.lt_s
                            (local.tee $beyond
                                (i32.sub (local.get 0) (local.tee $end (memory.size))))
                            (i32.const 0)))
                        (br_if $failed (i32.const 0))
                        (br_if $failed (i32.eq
                            (memory.grow (i32.add (local.get $beyond) (i32.const 1)))
                            (i32.const -1))))))
                (func (export "o") (result i32) (memory.size)))"#,
        );
        let maximum = |grows: &str| {
            let module = forgotten(&module(0x2_0000, grows, READ));
            module.memories.iter().find_map(|memory| memory.maximum)
        };
        assert_eq!(maximum(GROWS), Some(0x8000));
        for other in [
            // What is too much leads elsewhere, or is less than all bits of a number.
            GROWS.replacen("(br_if $failed (i32.gt_u", "(br_if $fits (i32.gt_u", 1),
            GROWS.replace("32767", "32766"),
            // What fits may come here, or it grows by more.
            GROWS.replace("i32.lt_s", "i32.gt_s"),
            GROWS.replace(
                "(br_if $fits (i32.lt_s",
                "(br_if $fits (i32.eqz (local.get 0))) (drop (i32.lt_s",
            ),
            GROWS.replace("$beyond) (i32.const 1)", "$beyond) (i32.const 2)"),
            // One of the two is another by then.
            GROWS.replacen("(br_if $failed", "(local.set $beyond (i32.const 5)) (br_if $failed", 1),
            GROWS.replacen("(br_if $failed", "(local.set 0 (i32.const 5)) (br_if $failed", 1),
            // The memory is as large already.
            GROWS.replace("32767", "0"),
        ] {
            assert_ne!(other, GROWS);
            assert_eq!(maximum(&other), None, "{other}");
        }
    }

    #[track_caller]
    fn assert_untouched(limit: u32, grows: &str, other: &str) {
        let wat = module(limit, grows, other);
        assert_is(forgotten(&wat), &wat);
    }

    #[test]
    fn one_that_begins_as_something_else_or_is_set_elsewhere_stays() {
        assert_untouched(0x1_0000, GROWS, READ);
        assert_untouched(0x2_0000, GROWS, "(global.set $limit (i32.const 1)) (i32.const 0)");
    }

    #[test]
    fn where_something_else_grows_memory_all_stays() {
        assert_untouched(0x2_0000, GROWS, "(memory.grow (i32.const 1))");
        let twice = format!("{GROWS} (drop (memory.grow (i32.const 1)))");
        assert_untouched(0x2_0000, &twice, READ);
        let again = format!("(loop $l {GROWS} (br_if $l (local.get 0)))");
        assert_untouched(0x2_0000, &again, READ);
    }

    #[test]
    fn one_that_is_not_set_as_soon_as_memory_has_grown_stays() {
        let later = GROWS.replace("(global.set", "(drop (memory.size)) (global.set");
        assert_untouched(0x2_0000, &later, READ);
    }

    #[test]
    fn a_comparison_with_what_may_be_another_number_stays() {
        for before in [
            "(local.set $end (local.get 0))",
            "(block $b (br_if $b (local.get 0)) (local.set $end (local.get 0)))",
        ] {
            let grows = GROWS.replacen("(br_if $failed", &format!("{before} (br_if $failed"), 1);
            assert!(compares(forgotten(&module(0x2_0000, &grows, "(i32.const 0)"))), "{before}");
        }
        // It may be either that comes out of the block.
        let either = format!(
            "(block $b (local.set $end (local.get 0)) (br_if $b (local.get 0)) (local.set $end {READ}))"
        );
        let grows = GROWS.replacen("(br_if $failed", &format!("{either} (br_if $failed"), 1);
        assert!(compares(forgotten(&module(0x2_0000, &grows, "(i32.const 0)"))));
        let grows = GROWS.replacen(&format!("(local.tee $end {READ})"), "(local.get 0)", 1);
        assert_ne!(grows, GROWS);
        let set = format!("(if (local.get 0) (then (local.set $end {READ})))");
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
