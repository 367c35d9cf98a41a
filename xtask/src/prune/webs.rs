//! A local of its own for each of the values that a compiler keeps in one.
//!
//! LLVM gives a local to several values that are never needed at once, and what is known of one is then lost where
//! another is set. Here, those stores that some read has in common are a web, and get a local. Every local begins as
//! zero, so that a web may have that beginning as well.

use std::collections::{BTreeMap, HashMap, HashSet};

use walrus::ir::{
    Block, Br, BrIf, Const, IfElse, Instr, InstrSeqId, LocalGet, LocalSet, LocalTee, Loop, Value,
};
use walrus::{LocalId, Module, ValType};

use super::liveness;
use super::tree::{Expr, Tree};

/// The index of one of so many takes a byte.
const MOST: usize = 128;

/// Splits the locals of a function, unless there would be too many.
pub fn split(module: &mut Module, tree: &mut Tree) {
    let parameters = module.funcs.get(tree.function).kind.unwrap_local().args.clone();
    let needed = liveness::mark(tree).targets;
    let mut splitter =
        Splitter { needed, webs: Webs::default(), targets: HashMap::new(), uses: Vec::new() };
    let given: Set = parameters.iter().map(|local| (*local, splitter.webs.new_one())).collect();
    splitter.body(&tree.body, Some(given.clone()));

    let Splitter { mut webs, uses, .. } = splitter;
    let mut own: HashMap<usize, LocalId> =
        given.iter().map(|(local, web)| (webs.of(*web), *local)).collect();
    let all: HashSet<usize> = uses.iter().filter_map(|held| held.web(&mut webs)).collect();
    if all.len() + parameters.len() > MOST {
        return;
    }
    let mut taken = parameters;
    let mut uses = uses.into_iter();
    for expr in &mut tree.body {
        expr.visit_mut(&mut |expr| {
            let Some(local) = used(expr) else { return };
            let ty = module.locals.get(*local).ty();
            match uses.next().unwrap_or(Held::Unknown) {
                Held::Unknown => {}
                Held::Web(web) => {
                    let before = *local;
                    *local = *own.entry(webs.of(web)).or_insert_with(|| {
                        if taken.contains(&before) {
                            return module.locals.add(ty);
                        }
                        taken.push(before);
                        before
                    });
                }
                Held::Zero => {
                    let value = match ty {
                        ValType::I32 => Value::I32(0),
                        ValType::I64 => Value::I64(0),
                        _ => return,
                    };
                    *expr = Expr::new(Const { value }, Vec::new());
                }
            }
        });
    }
}

/// What a local holds where it is used.
#[derive(Clone, Copy, Debug)]
enum Held {
    /// What a store of this web has put there, or zero.
    Web(usize),
    /// What it begins as.
    Zero,
    /// Nothing comes here.
    Unknown,
}

impl Held {
    fn web(self, webs: &mut Webs) -> Option<usize> {
        match self {
            Self::Web(web) => Some(webs.of(web)),
            Self::Zero | Self::Unknown => None,
        }
    }
}

/// Webs, of which two become one where a value may come from either.
#[derive(Debug, Default)]
struct Webs(Vec<usize>);

impl Webs {
    fn new_one(&mut self) -> usize {
        self.0.push(self.0.len());
        self.0.len() - 1
    }

    /// The one that stands for those that have become one.
    fn of(&mut self, mut web: usize) -> usize {
        while self.0[web] != web {
            self.0[web] = self.0[self.0[web]];
            web = self.0[web];
        }
        web
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.of(one), self.of(other));
        self.0[one.max(other)] = one.min(other);
    }
}

/// The web of each local that has been set.
type Set = BTreeMap<LocalId, usize>;

struct Splitter {
    /// Those that are read after a branch to a label.
    needed: HashMap<InstrSeqId, liveness::Locals>,
    webs: Webs,
    /// What is set wherever a branch to a label starts. `None` is a way that nothing takes.
    targets: HashMap<InstrSeqId, Option<Set>>,
    /// Of each use of a local, in the order of [`Expr::visit`].
    uses: Vec<Held>,
}

impl Splitter {
    fn body(&mut self, body: &[Expr], set: Option<Set>) -> Option<Set> {
        body.iter().fold(set, |set, expr| self.expr(expr, set))
    }

    fn expr(&mut self, expr: &Expr, mut set: Option<Set>) -> Option<Set> {
        set = self.body(&expr.args, set);
        match expr.instr {
            Instr::Block(Block { seq }) => {
                self.targets.insert(seq, None);
                let end = self.body(&expr.bodies[0], set);
                let left = self.targets.remove(&seq).flatten();
                return self.both(seq, end, left);
            }
            Instr::Loop(Loop { seq }) => {
                // What it sets, it may have when it begins again.
                if let Some(set) = &mut set {
                    for local in stores(&expr.bodies[0]) {
                        set.entry(local).or_insert_with(|| self.webs.new_one());
                    }
                }
                self.targets.insert(seq, set.clone());
                return self.body(&expr.bodies[0], set);
            }
            Instr::IfElse(IfElse { consequent, alternative }) => {
                self.targets.insert(consequent, None);
                self.targets.insert(alternative, None);
                let then = self.body(&expr.bodies[0], set.clone());
                let other = self.body(&expr.bodies[1], set);
                let end = self.both(consequent, then, other);
                let left = self.targets.remove(&consequent).flatten();
                let end = self.both(consequent, end, left);
                let left = self.targets.remove(&alternative).flatten();
                return self.both(consequent, end, left);
            }
            Instr::Br(Br { block }) => {
                self.branch(block, set);
                return None;
            }
            Instr::BrIf(BrIf { block }) => self.branch(block, set.clone()),
            Instr::BrTable(ref table) => {
                for block in table.blocks.iter().chain([&table.default]) {
                    self.branch(*block, set.clone());
                }
                return None;
            }
            Instr::Return(_) | Instr::Unreachable(_) => return None,
            Instr::LocalGet(LocalGet { local }) => {
                let held = match &set {
                    Some(set) => set.get(&local).map_or(Held::Zero, |web| Held::Web(*web)),
                    None => Held::Unknown,
                };
                self.uses.push(held);
            }
            Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) => {
                let held = match &mut set {
                    Some(set) => {
                        let web = self.webs.new_one();
                        set.insert(local, web);
                        Held::Web(web)
                    }
                    None => Held::Unknown,
                };
                self.uses.push(held);
            }
            _ => {}
        }
        set
    }

    fn branch(&mut self, target: InstrSeqId, set: Option<Set>) {
        // To the function's own label none is needed.
        if let Some(there) = self.targets.remove(&target) {
            let there = self.both(target, there, set);
            self.targets.insert(target, there);
        }
    }

    /// What is set on either of two ways to a label, of what is read after it.
    fn both(&mut self, label: InstrSeqId, one: Option<Set>, other: Option<Set>) -> Option<Set> {
        let (Some(mut one), Some(other)) = (one.clone(), other.clone()) else {
            return one.or(other);
        };
        for (local, web) in other {
            match one.get(&local) {
                Some(own) => {
                    let needed = self.needed.get(&label);
                    if needed.is_some_and(|needed| needed.contains(&local)) {
                        self.webs.join(*own, web);
                    }
                }
                None => {
                    one.insert(local, web);
                }
            }
        }
        Some(one)
    }
}

/// The locals that are set in a body.
fn stores(body: &[Expr]) -> Vec<LocalId> {
    let mut stores = Vec::new();
    for expr in body {
        expr.visit(&mut |expr| {
            if let Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) =
                expr.instr
            {
                stores.push(local);
            }
        });
    }
    stores
}

fn used(expr: &mut Expr) -> Option<&mut LocalId> {
    match &mut expr.instr {
        Instr::LocalGet(LocalGet { local })
        | Instr::LocalSet(LocalSet { local })
        | Instr::LocalTee(LocalTee { local }) => Some(local),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, each};
    use super::*;

    fn module(locals: &str, body: &str) -> String {
        format!(
            r#"(module (import "env" "f" (func $f (param i32)))
                (func (export "e") (param i32) {locals} {body}))"#
        )
    }

    #[track_caller]
    fn assert_becomes(before: &str, locals: &str, after: &str) {
        let before = module("(local $x i32) (local $y i32)", before);
        assert_is(each(&before, split), &module(locals, after));
    }

    const TWO: &str = "(local $x i32) (local $y i32)";

    #[test]
    fn values_that_have_nothing_to_do_with_each_other_get_a_local_each() {
        assert_becomes(
            "(local.set $x (i32.const 1)) (call $f (local.get $x))
            (local.set $x (i32.const 2)) (call $f (local.get $x))",
            TWO,
            "(local.set $x (i32.const 1)) (call $f (local.get $x))
            (local.set $y (i32.const 2)) (call $f (local.get $y))",
        );
        assert_becomes(
            "(call $f (local.get 0)) (local.set 0 (i32.const 2)) (call $f (local.get 0))",
            TWO,
            "(call $f (local.get 0)) (local.set $x (i32.const 2)) (call $f (local.get $x))",
        );
    }

    #[test]
    fn the_beginning_belongs_to_every_one() {
        assert_becomes(
            "(call $f (local.get $x))
            (loop $l (call $f (local.get $x)) (br_if $l (local.tee $x (local.get 0))))
            (local.set $x (i32.const 0))
            (if (local.get 0) (then (local.set $x (i32.const 1))))
            (call $f (local.get $x))",
            TWO,
            "(call $f (i32.const 0))
            (loop $l (call $f (local.get $x)) (br_if $l (local.tee $x (local.get 0))))
            (local.set $y (i32.const 0))
            (if (local.get 0) (then (local.set $y (i32.const 1))))
            (call $f (local.get $y))",
        );
    }

    #[test]
    fn what_may_come_from_either_has_one_local() {
        for same in [
            "(if (local.get 0) (then (local.set $x (i32.const 1)))
                (else (local.set $x (i32.const 2)))) (call $f (local.get $x))",
            "(block $b (local.set $x (i32.const 1)) (br_if $b (local.get 0))
                (local.set $x (i32.const 2))) (call $f (local.get $x))",
            "(block $b (block $c (local.set $x (i32.const 1)) (br_table $b $c (local.get 0)))
                (local.set $x (i32.const 2))) (call $f (local.get $x))",
            "(local.set $x (i32.const 1)) (loop $l (call $f (local.get $x))
                (local.set $x (i32.const 2)) (br_if $l (local.get 0)))",
            // The second time it holds what it was set to, the first time zero.
            "(loop $l (if (local.get 0) (then (local.set $x (i32.const 1))))
                (call $f (local.get $x)) (br_if $l (local.get 0)))",
            "(if (local.get 0) (then (local.set 0 (i32.const 1)))) (call $f (local.get 0))",
        ] {
            assert_becomes(same, TWO, same);
        }
    }

    #[test]
    fn where_nothing_comes_all_stays() {
        for same in [
            "(return) (local.set $x (i32.const 1)) (call $f (local.get $x))",
            "(unreachable) (call $f (local.get $x))",
        ] {
            assert_becomes(same, TWO, same);
        }
    }

    #[test]
    fn so_many_that_their_indices_grow_are_not_made() {
        let uses = |count| "(local.set $x (i32.const 1)) (call $f (local.get $x))".repeat(count);
        let most = each(&module("(local $x i32)", &uses(MOST - 1)), split);
        assert_eq!(most.locals.iter().count(), MOST);
        let too_many = module("(local $x i32)", &uses(MOST));
        assert_is(each(&too_many, split), &too_many);
    }
}
