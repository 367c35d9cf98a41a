//! Modules in WAT, as no compiler would write them.

use fastrand::Rng;

/// All take two `i32` and an `i64`, and return an `i32`. Each calls only those that come later; of those that are
/// not exported each is called once.
pub(super) const FUNCTIONS: usize = 5;
/// Of each type, after the parameters.
pub(super) const LOCALS: usize = 3;
/// Symbols, of which nobody tells the address: two words, two fields, a byte, a large word, and what is indexed.
pub(super) const STATICS: [(u32, u32); 6] =
    [(40_000, 4), (40_004, 4), (40_008, 8), (40_016, 1), (40_024, 8), (40_032, 64)];
/// Loads and stores of them.
pub(super) const I32_STATICS: [(&str, &str); 5] = [
    ("load offset=40000", "store offset=40000"),
    ("load offset=40004", "store offset=40004"),
    ("load offset=40008", "store offset=40008"),
    ("load offset=40012", "store offset=40012"),
    ("load8_u offset=40016", "store8 offset=40016"),
];
pub(super) const I64_STATICS: [(&str, &str); 2] = [
    ("load offset=40024", "store offset=40024"),
    ("load32_u offset=40004", "store32 offset=40000"),
];
/// How deep expressions and blocks are.
pub(super) const DEEPEST: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Type {
    I32,
    I64,
}

impl Type {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
        }
    }
}

/// The WAT of a module so far.
pub(super) struct Source {
    pub(super) rng: Rng,
    pub(super) text: String,
    pub(super) function: usize,
    pub(super) exported: Vec<bool>,
    /// Those that are not, and that nobody has called yet.
    pub(super) uncalled: Vec<usize>,
    /// Those that can be branched to, with what they need: a loop or a block of statements nothing.
    labels: Vec<Option<Type>>,
}

impl Source {
    pub(super) fn module(seed: u64) -> String {
        let mut rng = Rng::with_seed(seed);
        let exported: Vec<bool> =
            (0..FUNCTIONS).map(|function| function == 0 || rng.bool()).collect();
        let mut source = Self {
            rng,
            text: String::new(),
            function: 0,
            uncalled: (0..FUNCTIONS).filter(|function| !exported[*function]).collect(),
            exported,
            labels: Vec::new(),
        };
        source.text += r#"(module
            (import "env" "ask" (func $ask (param i32) (result i32)))
            (memory (export "memory") 1 2)
            (global $fuel (mut i32) (i32.const 0))
            (global $g_i32 (mut i32) (i32.const 3))
            (global $g_i64 (mut i64) (i64.const 4))
            (data (i32.const 8) "\01\02\03\04\05\06\07\08\ff\fe\fd\fc")
            (func (export "refuel") (global.set $fuel (i32.const 300)))"#;
        for function in 0..FUNCTIONS {
            source.function(function);
        }
        source.text.push(')');
        source.text
    }

    fn function(&mut self, function: usize) {
        self.function = function;
        self.uncalled.retain(|other| *other != function);
        let export = match self.exported[function] {
            true => format!(r#"(export "f{function}")"#),
            false => String::new(),
        };
        let locals = ["i32", "i64"].map(|ty| format!("{ty} ").repeat(LOCALS)).concat();
        self.add(&format!(
            "\n(func $f{function} {export} (param i32 i32 i64) (result i32) (local {locals} i32)"
        ));
        self.statements(0);
        self.statements(0);
        self.tell();
        match self.rng.u8(0..4) {
            0 | 1 => self.value(Type::I32, 0),
            2 => self.failing(),
            _ => self.finding(),
        }
        self.text.push(')');
    }

    /// What may fail in several ways, or find what some local then holds.
    fn finding(&mut self) {
        let (local, constant) = (self.local(Type::I32), self.rng.i32(0..2));
        self.add("(block (block");
        self.labels.extend([None; 2]);
        for _ in 0..self.rng.u8(0..3) {
            self.branch("br_if 0", None, 1);
        }
        self.branch("br_if 1", None, 1);
        self.labels.truncate(self.labels.len() - 2);
        self.add(&format!(") (local.set {local} (i32.const {constant}))) (local.get {local})"));
    }

    /// What may fail in several ways, and then has a constant for its value.
    fn failing(&mut self) {
        const LOCAL: usize = 3 + 2 * LOCALS;
        let constant = self.rng.i32(0..2);
        self.add(&format!("(local.set {LOCAL} (i32.const {constant})) (block"));
        self.labels.push(None);
        let within = self.rng.bool();
        if within {
            self.add("(if");
            self.condition(1);
            self.add("(then");
            self.labels.push(None);
        }
        for _ in 0..self.rng.u8(1..4) {
            self.branch(if within { "br_if 1" } else { "br_if 0" }, None, 1);
        }
        if within {
            self.labels.pop();
            self.add("))");
        }
        if self.rng.u8(0..4) == 0 {
            self.statements(1);
        }
        self.of(&format!("local.set {LOCAL}"), &[Type::I32], 1);
        self.labels.pop();
        self.add(&format!(") (local.get {LOCAL})"));
    }

    /// Tells the host what some locals and statics hold.
    fn tell(&mut self) {
        let mut held = Vec::new();
        for local in 0..3 + 2 * LOCALS {
            let is_large = local == 2 || local >= 3 + LOCALS;
            let get = format!("(local.get {local})");
            held.push(if is_large { format!("(i32.wrap_i64 {get})") } else { get });
        }
        held.extend(I32_STATICS.map(|(load, _)| format!("(i32.{load} (i32.const 0))")));
        for held in held {
            if self.rng.u8(0..3) == 0 {
                self.add(&format!("(drop (call $ask {held}))"));
            }
        }
    }

    pub(super) fn add(&mut self, text: &str) {
        self.text += text;
        self.text.push(' ');
    }

    fn statements(&mut self, depth: usize) {
        for _ in 0..self.rng.usize(0..5) {
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: usize) {
        let ty = self.ty();
        // Deep down only what needs no block.
        match self.rng.u8(0..if depth < DEEPEST { 17 } else { 7 }) {
            0..3 => {
                let local = self.local(ty);
                self.of(&format!("local.set {local}"), &[ty], depth);
            }
            3 => self.of(&format!("global.set $g_{}", ty.name()), &[ty], depth),
            4 if self.rng.bool() => {
                let (_, store) = self.of_static(ty);
                self.add(&format!("({}.{store}", ty.name()));
                self.base(store, depth);
                self.value(ty, depth + 1);
                self.text.push(')');
            }
            4 => self.store(ty, depth),
            5 => self.of("drop", &[ty], depth),
            6 => self.leave(depth),
            7..10 => self.either(None, depth),
            10..12 => self.block(None, depth),
            12..14 => self.repeat(depth),
            14 => self.table(depth),
            15 => self.near(depth),
            _ => self.bulk(depth),
        }
    }

    /// An instruction of some operands.
    pub(super) fn of(&mut self, instr: &str, operands: &[Type], depth: usize) {
        self.add(&format!("({instr}"));
        for operand in operands {
            self.value(*operand, depth + 1);
        }
        self.text.push(')');
    }

    fn store(&mut self, ty: Type, depth: usize) {
        let store = self.one(match ty {
            Type::I32 => &["i32.store", "i32.store8"],
            Type::I64 => &["i64.store", "i64.store32"],
        });
        let offset = self.rng.u8(0..20);
        self.add(&format!("({store} offset={offset}"));
        self.address(depth + 1);
        self.value(ty, depth + 1);
        self.text.push(')');
    }

    /// What is within a label, of statements and perhaps a value.
    fn body(&mut self, label: Option<Type>, value: Option<Type>, depth: usize) {
        self.labels.push(label);
        self.statements(depth + 1);
        if let Some(ty) = value {
            self.value(ty, depth + 1);
        }
        self.labels.pop();
    }

    pub(super) fn block(&mut self, ty: Option<Type>, depth: usize) {
        self.add("(block");
        self.result(ty);
        self.body(ty, ty, depth);
        self.text.push(')');
    }

    fn result(&mut self, ty: Option<Type>) {
        if let Some(ty) = ty {
            self.add(&format!("(result {})", ty.name()));
        }
    }

    pub(super) fn either(&mut self, ty: Option<Type>, depth: usize) {
        self.add("(if");
        self.result(ty);
        self.condition(depth + 1);
        self.add("(then");
        self.body(ty, ty, depth);
        self.text.push(')');
        if ty.is_some() || self.rng.bool() {
            self.add("(else");
            self.body(ty, ty, depth);
            self.text.push(')');
        }
        self.text.push(')');
    }

    fn repeat(&mut self, depth: usize) {
        self.add(
            "(loop (if (i32.eqz (global.get $fuel)) (then (unreachable)))
            (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))",
        );
        self.body(None, None, depth);
        self.labels.push(None);
        self.branch("br_if 0", None, depth);
        self.labels.pop();
        self.text.push(')');
    }

    /// To another place: within an `if`, as whatever follows would never run.
    fn leave(&mut self, depth: usize) {
        if self.labels.is_empty() || self.rng.u8(0..6) == 0 {
            self.add("(if");
            self.condition(depth + 1);
            self.add("(then");
            self.labels.push(None);
            match self.rng.u8(0..8) {
                0 => self.add("(unreachable)"),
                _ => self.of("return", &[Type::I32], depth),
            }
            self.labels.pop();
            self.add("))");
            return;
        }
        let label = self.rng.usize(0..self.labels.len());
        let to = self.labels.len() - 1 - label;
        match self.labels[label] {
            None => self.branch(&format!("br_if {to}"), None, depth),
            Some(ty) => {
                self.add("(drop");
                self.branch(&format!("br_if {to}"), Some(ty), depth);
                self.text.push(')');
            }
        }
    }

    fn branch(&mut self, instr: &str, value: Option<Type>, depth: usize) {
        self.add(&format!("({instr}"));
        if let Some(ty) = value {
            self.value(ty, depth + 1);
        }
        self.condition(depth + 1);
        self.text.push(')');
    }

    /// A `match` of three arms.
    fn table(&mut self, depth: usize) {
        self.add("(block (block (block");
        self.labels.extend([None; 3]);
        self.of("br_table 0 1 0 2", &[Type::I32], depth);
        for _ in 0..2 {
            self.text.push(')');
            self.labels.pop();
            self.statements(depth + 1);
        }
        self.text.push(')');
        self.labels.pop();
    }

    /// An address that is a local and a little more, of which either may change before it is used. It is not so low
    /// that to subtract a little wraps around.
    fn near(&mut self, depth: usize) {
        let (one, other) = (self.local(Type::I32), self.local(Type::I32));
        self.add(&format!("(local.set {one} (i32.and (i32.const 0xfff)"));
        self.value(Type::I32, depth + 1);
        let more = self.rng.i32(-2..12);
        self.add(&format!(")) (local.set {other} (i32.add (local.get {one}) (i32.const {more})))"));
        if self.rng.bool() {
            let more = self.rng.i32(-4..5);
            self.add(&format!("(local.set {one} (i32.add (local.get {one}) (i32.const {more})))"));
        }
        if self.rng.u8(0..4) == 0 {
            self.statements(depth + 1);
        }
        self.add(&format!("(if (i32.ge_u (local.get {other}) (i32.const 64)) (then"));
        self.labels.push(None);
        if self.rng.bool() {
            let to = self.local(Type::I32);
            self.add(&format!("(local.set {to} (i32.load8_u (local.get {other})))"));
        } else {
            self.add(&format!("(i32.store (local.get {other})"));
            self.value(Type::I32, depth + 1);
            self.text.push(')');
        }
        self.labels.pop();
        self.add("))");
    }

    fn bulk(&mut self, depth: usize) {
        if self.rng.u8(0..4) == 0 {
            self.add("(drop (memory.grow");
            self.value(Type::I32, depth + 1);
            self.add("))");
            return;
        }
        let instr = self.one(&["memory.copy", "memory.fill"]);
        self.add(&format!("({instr}"));
        self.address(depth + 1);
        self.address(depth + 1);
        self.address(depth + 1);
        self.text.push(')');
    }
}
