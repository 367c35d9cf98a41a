//! What makes values.

use super::source::{DEEPEST, FUNCTIONS, I32_STATICS, I64_STATICS, LOCALS, Source, Type};

impl Source {
    pub(super) fn ty(&mut self) -> Type {
        if self.rng.u8(0..3) == 0 { Type::I64 } else { Type::I32 }
    }

    /// The index of a local.
    pub(super) fn local(&mut self, ty: Type) -> usize {
        let parameters = if ty == Type::I32 { 2 } else { 1 };
        let first = if ty == Type::I32 { 0 } else { 2 };
        match self.rng.usize(0..parameters + LOCALS) {
            local if local < parameters => first + local,
            local => 3 + local - parameters + if ty == Type::I32 { 0 } else { LOCALS },
        }
    }

    pub(super) fn value(&mut self, ty: Type, depth: usize) {
        let name = ty.name();
        let choice = if depth < DEEPEST { self.rng.u8(0..24) } else { self.rng.u8(0..8) };
        match choice {
            0..3 => {
                let number = self.number();
                self.add(&format!("({name}.const {number})"));
            }
            3..7 => {
                let local = self.local(ty);
                self.add(&format!("(local.get {local})"));
            }
            7 => self.add(&format!("(global.get $g_{name})")),
            8..10 => {
                let local = self.local(ty);
                self.of(&format!("local.tee {local}"), &[ty], depth);
            }
            10..15 => {
                let op = self.one(&[
                    "add", "sub", "mul", "and", "or", "xor", "shl", "shr_u", "shr_s", "rotl",
                    "add", "sub", "and", "div_u", "rem_s",
                ]);
                self.of(&format!("{name}.{op}"), &[ty, ty], depth);
            }
            15..17 => self.converted(ty, depth),
            17 => {
                let (load, _) = self.of_static(ty);
                self.add(&format!("({name}.{load}"));
                self.base(load, depth);
                self.text.push(')');
            }
            18 => self.load(ty, depth),
            19 => self.of("select", &[ty, ty, Type::I32], depth),
            20 => self.either(Some(ty), depth),
            21 => self.block(Some(ty), depth),
            _ => self.asked(ty, depth),
        }
    }

    /// Whether something holds, mostly a comparison.
    pub(super) fn condition(&mut self, depth: usize) {
        match self.rng.u8(0..8) {
            0 | 1 if self.uncalled.is_empty() => self.value(Type::I32, depth),
            2 | 3 if self.uncalled.is_empty() => self.of("i32.eqz", &[Type::I32], depth),
            // Whether a call has failed.
            0..4 => {
                let local = self.local(Type::I32);
                self.add(&format!("(i32.eqz (local.tee {local}"));
                self.asked(Type::I32, depth);
                self.add("))");
            }
            _ => {
                let is_negated = self.rng.bool();
                if is_negated {
                    self.add("(i32.eqz");
                }
                let ty = self.ty();
                let op = self.one(&[
                    "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u",
                ]);
                self.of(&format!("{}.{op}", ty.name()), &[ty, ty], depth);
                if is_negated {
                    self.text.push(')');
                }
            }
        }
    }

    pub(super) fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.rng.usize(0..of.len())]
    }

    fn number(&mut self) -> i32 {
        match self.rng.u8(0..4) {
            0 => self.rng.i32(-2..3),
            1 => self.rng.i32(0..40_000),
            2 => 1 << self.rng.u8(0..32),
            // No address of a static.
            _ => self.rng.i32(50_000..),
        }
    }

    /// What is made of one or two values of any type.
    fn converted(&mut self, ty: Type, depth: usize) {
        let (instr, operands): (_, &[_]) = match (ty, self.rng.u8(0..4)) {
            (Type::I32, 0) => ("i32.wrap_i64", &[Type::I64]),
            (Type::I32, 1) => ("i64.eqz", &[Type::I64]),
            (Type::I32, 2) => {
                let compare = self.one(&["i32.eqz", "i32.clz", "i32.ctz", "i32.extend8_s"]);
                (compare, &[Type::I32])
            }
            (Type::I32, _) if self.rng.bool() => {
                (self.one(&["i64.eq", "i64.lt_s", "i64.ge_u"]), &[Type::I64, Type::I64])
            }
            (Type::I32, _) => (
                self.one(&["i32.eq", "i32.ne", "i32.lt_u", "i32.lt_s", "i32.gt_u", "i32.le_s"]),
                &[Type::I32, Type::I32],
            ),
            (Type::I64, 0) => (self.one(&["i64.clz", "i64.extend32_s"]), &[Type::I64]),
            (Type::I64, _) => (self.one(&["i64.extend_i32_u", "i64.extend_i32_s"]), &[Type::I32]),
        };
        self.of(instr, operands, depth);
    }

    /// An address below the statics, or, now and then, one outside memory.
    pub(super) fn address(&mut self, depth: usize) {
        let (instr, number) =
            if self.rng.u8(0..64) == 0 { ("i32.or", "0x100000") } else { ("i32.and", "0xfff") };
        self.add(&format!("({instr}"));
        self.value(Type::I32, depth);
        self.add(&format!("(i32.const {number}))"));
    }

    /// A load and a store of a static, or of what is indexed.
    pub(super) fn of_static(&mut self, ty: Type) -> (&'static str, &'static str) {
        if self.rng.u8(0..4) == 0 {
            return ("load", "store");
        }
        match ty {
            Type::I32 => I32_STATICS[self.rng.usize(0..I32_STATICS.len())],
            Type::I64 => I64_STATICS[self.rng.usize(0..I64_STATICS.len())],
        }
    }

    /// What the offset of a load or a store is added to.
    pub(super) fn base(&mut self, instr: &str, depth: usize) {
        if instr.contains("offset") {
            self.add("(i32.const 0)");
            return;
        }
        self.add("(i32.add (i32.const 40032) (i32.and (i32.const 56)");
        self.value(Type::I32, depth + 1);
        self.add("))");
    }

    fn load(&mut self, ty: Type, depth: usize) {
        let load = self.one(match ty {
            Type::I32 => &["i32.load", "i32.load8_u", "i32.load8_s", "i32.load16_u"],
            Type::I64 => &["i64.load", "i64.load32_u", "i64.load32_s", "i64.load8_u"],
        });
        let offset = self.rng.u8(0..20);
        self.add(&format!("({load} offset={offset}"));
        self.address(depth + 1);
        self.text.push(')');
    }

    /// What the host or another function answers.
    fn asked(&mut self, ty: Type, depth: usize) {
        if ty == Type::I64 {
            self.add("(i64.extend_i32_s");
        }
        let later = (self.function + 1..FUNCTIONS).find(|later| self.exported[*later]);
        let callee = match self.uncalled.pop() {
            None if self.rng.bool() => later,
            callee => callee,
        };
        match callee {
            Some(callee) => {
                let operands = [Type::I32, Type::I32, Type::I64];
                self.of(&format!("call $f{callee}"), &operands, depth);
            }
            None => self.of("call $ask", &[Type::I32], depth),
        }
        if ty == Type::I64 {
            self.text.push(')');
        }
    }
}
