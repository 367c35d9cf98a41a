//! How many values an instruction takes from the stack, and leaves there.

use std::collections::HashSet;

use walrus::ir::{Instr, InstrSeqId, InstrSeqType};
use walrus::{LocalFunction, Module};

/// The arities of a function's instructions. They are asked for in order: it notes the loops.
#[derive(Debug)]
pub struct Arities<'a> {
    pub module: &'a Module,
    pub function: &'a LocalFunction,
    loops: HashSet<InstrSeqId>,
}

impl<'a> Arities<'a> {
    pub fn new(module: &'a Module, function: &'a LocalFunction) -> Self {
        Self { module, function, loops: HashSet::new() }
    }

    /// `None` for an instruction that is not known here.
    pub fn of(&mut self, instr: &Instr) -> Option<(usize, usize)> {
        let types = &self.module.types;
        let call = |ty| (types.params(ty).len(), types.results(ty).len());
        Some(match instr {
            Instr::Block(block) => (0, self.results(block.seq)?),
            Instr::Loop(block) => {
                self.loops.insert(block.seq);
                (0, self.results(block.seq)?)
            }
            Instr::IfElse(branches) => (1, self.results(branches.consequent)?),
            Instr::Call(called) => call(self.module.funcs.get(called.func).ty()),
            Instr::CallIndirect(called) => {
                let (params, results) = call(called.ty);
                (params + 1, results)
            }
            Instr::Br(branch) => (self.carried(branch.block)?, 0),
            Instr::BrIf(branch) => {
                let carried = self.carried(branch.block)?;
                (carried + 1, carried)
            }
            Instr::BrTable(table) => (self.carried(table.default)? + 1, 0),
            Instr::Return(_) => (types.results(self.function.ty()).len(), 0),
            Instr::Unreachable(_) => (0, 0),
            Instr::LocalGet(_) | Instr::GlobalGet(_) | Instr::Const(_) | Instr::MemorySize(_) => {
                (0, 1)
            }
            Instr::LocalSet(_) | Instr::GlobalSet(_) | Instr::Drop(_) => (1, 0),
            Instr::LocalTee(_) | Instr::Unop(_) | Instr::Load(_) | Instr::MemoryGrow(_) => (1, 1),
            Instr::Binop(_) => (2, 1),
            Instr::Store(_) => (2, 0),
            Instr::Select(_) => (3, 1),
            Instr::MemoryCopy(_) | Instr::MemoryFill(_) => (3, 0),
            _ => return None,
        })
    }

    fn results(&self, sequence: InstrSeqId) -> Option<usize> {
        match self.function.block(sequence).ty {
            InstrSeqType::Simple(result) => Some(usize::from(result.is_some())),
            InstrSeqType::MultiValue(_) if sequence == self.function.entry_block() => {
                Some(self.module.types.results(self.function.ty()).len())
            }
            InstrSeqType::MultiValue(_) => None,
        }
    }

    /// How many values a branch takes along.
    fn carried(&self, target: InstrSeqId) -> Option<usize> {
        if self.loops.contains(&target) { Some(0) } else { self.results(target) }
    }
}
