//! Functions as trees: each instruction holds those that make its operands.
//!
//! walrus keeps a function as the stack machine's sequences. Most rewriting wants to know which
//! instruction made an operand.

use walrus::ir::{Instr, InstrLocId, InstrSeqId, LoadKind, StoreKind};
use walrus::{FunctionId, LocalFunction, Module};

use super::arity::Arities;
use super::relocations::{Reference, Relocations};
use super::stack::NEEDED;

/// An instruction with what makes its operands.
#[derive(Clone, Debug)]
pub struct Expr {
    pub instr: Instr,
    /// In the order of evaluation: all before the instruction.
    pub args: Vec<Self>,
    /// Of a block or a loop one, of an `if` two.
    pub bodies: Vec<Vec<Self>>,
    /// The place in memory that a constant is, or the offset of a load or a store.
    pub place: Option<Reference>,
    /// Whether what a local holds after this is read later. [`super::liveness`] knows.
    pub needed: bool,
}

impl Expr {
    pub fn new(instr: impl Into<Instr>, args: Vec<Self>) -> Self {
        Self { instr: instr.into(), args, bodies: Vec::new(), place: None, needed: true }
    }

    /// Calls `f` with every instruction in it, those first that are evaluated first.
    pub fn visit<'a>(&'a self, f: &mut impl FnMut(&'a Self)) {
        for expr in self.args.iter().chain(self.bodies.iter().flatten()) {
            expr.visit(f);
        }
        f(self);
    }

    /// As [`Expr::visit`].
    pub fn visit_mut(&mut self, f: &mut impl FnMut(&mut Self)) {
        for expr in self.args.iter_mut().chain(self.bodies.iter_mut().flatten()) {
            expr.visit_mut(f);
        }
        f(self);
    }
}

/// A function's body.
#[derive(Debug)]
pub struct Tree {
    pub function: FunctionId,
    pub body: Vec<Expr>,
}

/// All functions of a module as trees; `None` if there is an instruction that is not known here, or an
/// address that no instruction holds.
pub fn read(module: &Module, relocations: &Relocations) -> Option<Vec<Tree>> {
    let mut used = 0;
    let mut trees = Vec::new();
    for (id, function) in module.funcs.iter_local() {
        let mut reader = Reader { arities: Arities::new(module, function), relocations, used };
        let body = reader.sequence(function.entry_block())?;
        used = reader.used;
        trees.push(Tree { function: id, body });
    }
    (used == relocations.code.len()).then_some(trees)
}

/// Puts the trees into their functions.
pub fn write(module: &mut Module, trees: Vec<Tree>) {
    for tree in trees {
        let function = module.funcs.get_mut(tree.function).kind.unwrap_local_mut();
        let entry = function.entry_block();
        write_sequence(function, entry, tree.body);
    }
}

fn write_sequence(function: &mut LocalFunction, sequence: InstrSeqId, body: Vec<Expr>) {
    let mut instrs = Vec::new();
    for expr in body {
        write_expr(function, expr, &mut instrs);
    }
    function.block_mut(sequence).instrs = instrs;
}

fn write_expr(function: &mut LocalFunction, expr: Expr, into: &mut Vec<(Instr, InstrLocId)>) {
    for arg in expr.args {
        write_expr(function, arg, into);
    }
    for (sequence, body) in sequences(&expr.instr).into_iter().zip(expr.bodies) {
        write_sequence(function, sequence, body);
    }
    let needed = if expr.needed { InstrLocId::new(NEEDED) } else { InstrLocId::default() };
    into.push((expr.instr, needed));
}

/// The sequences of instructions that an instruction holds.
pub fn sequences(instr: &Instr) -> Vec<InstrSeqId> {
    match instr {
        Instr::Block(block) => vec![block.seq],
        Instr::Loop(block) => vec![block.seq],
        Instr::IfElse(branches) => vec![branches.consequent, branches.alternative],
        _ => Vec::new(),
    }
}

struct Reader<'a> {
    arities: Arities<'a>,
    relocations: &'a Relocations,
    /// How many relocations were found.
    used: usize,
}

impl Reader<'_> {
    fn sequence(&mut self, sequence: InstrSeqId) -> Option<Vec<Expr>> {
        // With how many values each leaves.
        let mut exprs: Vec<(Expr, usize)> = Vec::new();
        for (instr, at) in &self.arities.function.block(sequence).instrs {
            let (takes, leaves) = self.arities.of(instr)?;
            let first = exprs.len().checked_sub(takes)?;
            if exprs[first..].iter().any(|(_, values)| *values != 1) {
                return None; // Something else was done between operands.
            }
            let args = exprs.split_off(first).into_iter().map(|(expr, _)| expr).collect();
            let mut bodies = Vec::new();
            for sequence in sequences(instr) {
                bodies.push(self.sequence(sequence)?);
            }
            let place = self.place(instr, at.data() as usize)?;
            exprs.push((Expr { instr: instr.clone(), args, bodies, place, needed: true }, leaves));
        }
        // A branch may leave values behind that nobody takes. LLVM makes none.
        let statements = exprs.len().saturating_sub(1);
        let values = exprs.iter().take(statements).any(|(_, values)| *values > 0);
        (!values).then(|| exprs.into_iter().map(|(expr, _)| expr).collect())
    }

    /// The place that an instruction holds: it is checked. The outer `None` is for one that cannot be.
    fn place(&mut self, instr: &Instr, at: usize) -> Option<Option<Reference>> {
        // An opcode, of one byte or two, and the alignment of a load or a store.
        let (skipped, holds) = match instr {
            Instr::Const(constant) => match constant.value {
                walrus::ir::Value::I32(value) => (1, u64::from(value.cast_unsigned())),
                _ => return Some(None),
            },
            Instr::Load(load) => {
                let prefixed = load.kind.atomic() || matches!(load.kind, LoadKind::V128);
                (if prefixed { 3 } else { 2 }, load.arg.offset)
            }
            Instr::Store(store) => {
                let prefixed = store.kind.atomic() || matches!(store.kind, StoreKind::V128);
                (if prefixed { 3 } else { 2 }, store.arg.offset)
            }
            _ => return Some(None),
        };
        let Some(reference) = self.relocations.code.get(&(at + skipped)) else {
            return Some(None);
        };
        self.used += 1;
        let address = self.relocations.address(*reference)?;
        (u64::from(address) == holds).then_some(Some(*reference))
    }
}
