//! Which values of locals are still needed.

use std::collections::{BTreeSet, HashMap, HashSet};

use walrus::LocalId;
use walrus::ir::{Block, Br, BrIf, IfElse, Instr, InstrSeqId, LocalGet, LocalSet, LocalTee, Loop};

use super::tree::{Expr, Tree};

pub type Locals = BTreeSet<LocalId>;

/// What is known of a function's locals.
#[derive(Debug)]
pub struct Liveness {
    /// Those whose value at the beginning is read: parameters, and locals that begin as zero.
    pub entry: Locals,
    /// Pairs of which the first is set while the second's value is still needed.
    pub conflicts: HashSet<(LocalId, LocalId)>,
    /// Those whose value is read after a branch to a label.
    pub targets: HashMap<InstrSeqId, Locals>,
}

/// Notes at every use of a local whether the value that it then has is read later.
pub fn mark(tree: &mut Tree) -> Liveness {
    let mut marker = Marker { targets: HashMap::new(), conflicts: HashSet::new() };
    let entry = marker.body(&mut tree.body, Locals::new());
    Liveness { entry, conflicts: marker.conflicts, targets: marker.targets }
}

struct Marker {
    /// What is needed where a branch to a label leads. To the function's own none is.
    targets: HashMap<InstrSeqId, Locals>,
    conflicts: HashSet<(LocalId, LocalId)>,
}

impl Marker {
    /// Goes through a body backwards, from what is needed after it to what is needed before it.
    fn body(&mut self, body: &mut [Expr], after: Locals) -> Locals {
        body.iter_mut().rev().fold(after, |needed, expr| self.expr(expr, needed))
    }

    fn expr(&mut self, expr: &mut Expr, mut needed: Locals) -> Locals {
        match expr.instr {
            Instr::Block(Block { seq }) => {
                self.targets.insert(seq, needed.clone());
                needed = self.body(&mut expr.bodies[0], needed);
            }
            Instr::Loop(Loop { seq }) => {
                // Of a loop within a loop, what was found the last time is needed at least.
                let mut entry = self.target(seq);
                loop {
                    self.targets.insert(seq, entry.clone());
                    let before = self.body(&mut expr.bodies[0], needed.clone());
                    if before == entry {
                        break;
                    }
                    entry.extend(before);
                }
                needed = entry;
            }
            Instr::IfElse(IfElse { consequent, alternative }) => {
                self.targets.insert(consequent, needed.clone());
                self.targets.insert(alternative, needed.clone());
                let other = self.body(&mut expr.bodies[1], needed.clone());
                needed = self.body(&mut expr.bodies[0], needed);
                needed.extend(other);
            }
            Instr::Br(Br { block }) => needed = self.target(block),
            Instr::BrIf(BrIf { block }) => needed.extend(self.target(block)),
            Instr::BrTable(ref table) => {
                needed = self.target(table.default);
                for block in &table.blocks {
                    needed.extend(self.target(*block));
                }
            }
            Instr::Return(_) | Instr::Unreachable(_) => needed.clear(),
            Instr::LocalGet(LocalGet { local }) => expr.needed = !needed.insert(local),
            Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) => {
                expr.needed = needed.remove(&local);
                // One that is copied has the same value.
                let same = match expr.args[0].instr {
                    Instr::LocalGet(LocalGet { local }) | Instr::LocalTee(LocalTee { local }) => {
                        Some(local)
                    }
                    _ => None,
                };
                let others = needed.iter().filter(|other| Some(**other) != same);
                self.conflicts.extend(others.map(|other| (local, *other)));
            }
            _ => {}
        }
        expr.args.iter_mut().rev().fold(needed, |needed, arg| self.expr(arg, needed))
    }

    fn target(&self, label: InstrSeqId) -> Locals {
        self.targets.get(&label).cloned().unwrap_or_default()
    }
}
