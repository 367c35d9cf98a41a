//! Words of memory become globals of the module.
//!
//! A static of the SDK is a word in linear memory: to read it takes five bytes (`i32.const 0`,
//! `i32.load offset=N`), to read a global two.
//!
//! A word may become a global if nothing but loads and stores of exactly this word can reach it. The
//! relocations show that. Code has an address of a symbol only from a relocation, and each is either the
//! offset of a load or a store, or makes an address that goes where nobody can follow it. So a symbol
//! of which the second kind exists stays in memory, whole: who has one address of it may compute every
//! other. So it is with a load or a store whose base is not the constant zero. What is left can be
//! reached by the loads and stores that hold its addresses, and by nothing else: not from another
//! symbol's address (that would be undefined behaviour in Rust), not by the host, which knows the
//! addresses that it is given. If all of those that touch a word have its address and its width, the
//! word is a variable, and a global can be that. One that nobody reads goes.

use std::collections::BTreeMap;
use std::ops::Range;

use walrus::ir::{
    BinaryOp, Binop, Const, Drop, ExtendedLoad, GlobalGet, GlobalSet, Instr, LoadKind, StoreKind,
    UnaryOp, Unop, Value,
};
use walrus::{ConstExpr, GlobalId, Module, ValType};

use super::condition::is_zero;
use super::image::Image;
use super::relocations::{Reference, Relocations, Symbol};
use super::tree::{Expr, Tree};

/// Makes globals of all words that can be.
pub fn promote(
    module: &mut Module,
    trees: &mut [Tree],
    relocations: &Relocations,
    image: &mut Image,
) {
    let Some(memory) = Memory::seen(trees, relocations) else { return };
    let mut globals = BTreeMap::new();
    for (address, field) in memory.variables() {
        if !field.read {
            initial(image, address, field.width);
            globals.insert(address, None);
            continue;
        }
        // A global costs about as much as two uses of it save.
        if field.uses < 2 {
            continue;
        }
        let value = initial(image, address, field.width);
        let (ty, value) = match field.width {
            8 => (ValType::I64, Value::I64(value.cast_signed())),
            _ => (ValType::I32, Value::I32(value as i32)),
        };
        let global = module.globals.add_local(ty, true, false, ConstExpr::Value(value));
        globals.insert(address, Some(global));
    }
    for expr in trees.iter_mut().flat_map(|tree| &mut tree.body) {
        expr.visit_mut(&mut |expr| use_global(expr, relocations, &globals));
    }
}

/// The little-endian number that is there, which then is no longer.
fn initial(image: &mut Image, address: u32, width: u32) -> u64 {
    let mut bytes = [0; 8];
    let at = address as usize;
    for (place, byte) in image.bytes.iter_mut().skip(at).take(width as usize).zip(&mut bytes) {
        std::mem::swap(place, byte);
    }
    u64::from_le_bytes(bytes)
}

/// What is known of a word.
#[derive(Clone, Copy, Debug)]
struct Field {
    width: u32,
    uses: usize,
    /// Whether anything loads it.
    read: bool,
    /// Whether all that is done with it can be done with a global.
    simple: bool,
}

/// What a module does with its memory.
#[derive(Debug, Default)]
struct Memory {
    /// By address.
    fields: BTreeMap<u32, Field>,
    /// Of which somebody has an address, or something else was done.
    shared: Vec<Range<u64>>,
}

impl Memory {
    /// `None` if anything is not understood.
    fn seen(trees: &[Tree], relocations: &Relocations) -> Option<Self> {
        let mut memory = Self::default();
        for (at, reference) in &relocations.data {
            let symbol = relocations.symbols.get(reference.symbol)?.as_ref()?;
            memory.share(symbol);
            // The address that the word begins with may still change.
            if !symbol.fixed {
                memory.shared.push(u64::from(*at)..u64::from(*at) + 4);
            }
        }
        let mut understood = Some(());
        for expr in trees.iter().flat_map(|tree| &tree.body) {
            expr.visit(&mut |expr| {
                if let Some(reference) = expr.place
                    && memory.see(expr, reference, relocations).is_none()
                {
                    understood = None;
                }
            });
        }
        understood.map(|()| memory)
    }

    fn see(&mut self, expr: &Expr, reference: Reference, relocations: &Relocations) -> Option<()> {
        let symbol = relocations.symbols.get(reference.symbol)?.as_ref()?;
        let address = relocations.address(reference)?;
        let (width, simple, read) = match &expr.instr {
            Instr::Load(load) => (load.kind.width(), get(load.kind).is_some(), true),
            Instr::Store(store) => (store.kind.width(), set(store.kind), false),
            _ => {
                self.share(symbol);
                return Some(());
            }
        };
        if !is_zero(&expr.args[0]) || symbol.fixed {
            self.share(symbol);
            return Some(());
        }
        // What is beside its symbol has been computed in a way that is not known here.
        if address < symbol.address || u64::from(address) + u64::from(width) > symbol.end() {
            return None;
        }
        let field = self.fields.entry(address).or_insert(Field { width, uses: 0, read, simple });
        field.uses += 1;
        field.read |= read;
        if field.width != width {
            field.width = field.width.max(width);
            field.simple = false;
        }
        field.simple &= simple;
        Some(())
    }

    fn share(&mut self, symbol: &Symbol) {
        self.shared.push(symbol.address.into()..symbol.end());
    }

    /// The words that nothing else can reach.
    fn variables(&self) -> impl Iterator<Item = (u32, Field)> {
        self.fields.iter().map(|(address, field)| (*address, *field)).filter(|(address, field)| {
            let here = extent(*address, *field);
            let overlaps = |other: &Range<u64>| other.start < here.end && here.start < other.end;
            let mut others = self.fields.iter().filter(|(other, _)| *other != address);
            field.simple
                && !self.shared.iter().any(overlaps)
                && !others.any(|(other, field)| overlaps(&extent(*other, *field)))
        })
    }
}

fn extent(address: u32, field: Field) -> Range<u64> {
    let start = u64::from(address);
    start..start + u64::from(field.width)
}

/// What follows `global.get` to make what the load makes; the outer `None` if a global cannot.
fn get(kind: LoadKind) -> Option<Option<UnaryOp>> {
    use ExtendedLoad::{SignExtend, ZeroExtend};
    Some(match kind {
        LoadKind::I32 { atomic: false }
        | LoadKind::I64 { atomic: false }
        | LoadKind::I32_8 { kind: ZeroExtend } => None,
        LoadKind::I32_8 { kind: SignExtend } => Some(UnaryOp::I32Extend8S),
        LoadKind::I64_32 { kind: ZeroExtend } => Some(UnaryOp::I64ExtendUI32),
        LoadKind::I64_32 { kind: SignExtend } => Some(UnaryOp::I64ExtendSI32),
        _ => return None,
    })
}

/// Whether `global.set` can do what the store does.
fn set(kind: StoreKind) -> bool {
    matches!(
        kind,
        StoreKind::I32 { atomic: false }
            | StoreKind::I64 { atomic: false }
            | StoreKind::I32_8 { atomic: false }
    )
}

/// `None` is a word that nobody reads.
fn use_global(
    expr: &mut Expr,
    relocations: &Relocations,
    globals: &BTreeMap<u32, Option<GlobalId>>,
) {
    let Some(reference) = expr.place else { return };
    let global = relocations.address(reference).and_then(|address| globals.get(&address));
    let Some(global) = global.copied() else { return };
    // The end of one symbol may be where the next begins: only who reads or writes there uses the word.
    let uses = matches!(expr.instr, Instr::Load(_) | Instr::Store(_));
    if !uses || !is_zero(&expr.args[0]) {
        return;
    }
    let Some(global) = global else {
        expr.place = None;
        expr.instr = Drop {}.into();
        expr.args.remove(0);
        return;
    };
    match &expr.instr {
        Instr::Load(load) => {
            let after = get(load.kind).flatten();
            let mut got = Expr::new(GlobalGet { global }, Vec::new());
            if let Some(op) = after {
                got = Expr::new(Unop { op }, vec![got]);
            }
            *expr = got;
        }
        Instr::Store(store) => {
            let byte = matches!(store.kind, StoreKind::I32_8 { .. });
            let Some(mut value) = expr.args.pop() else { return };
            if byte && !is_byte(&value) {
                let mask = Expr::new(Const { value: Value::I32(0xff) }, Vec::new());
                value = Expr::new(Binop { op: BinaryOp::I32And }, vec![value, mask]);
            }
            *expr = Expr::new(GlobalSet { global }, vec![value]);
        }
        _ => {}
    }
}

/// Whether a number is one that a byte holds.
fn is_byte(expr: &Expr) -> bool {
    match &expr.instr {
        Instr::Const(Const { value: Value::I32(value) }) => (0..=0xff).contains(value),
        Instr::Unop(unop) => matches!(unop.op, UnaryOp::I32Eqz | UnaryOp::I64Eqz),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, linked};
    use super::super::tree;
    use super::*;

    /// A word, two, and a byte.
    const SYMBOLS: [(u32, u32); 3] = [(1024, 4), (1028, 8), (1036, 1)];

    fn promoted(functions: &str) -> Module {
        let (mut module, relocations) = linked(&with_memory(functions), &SYMBOLS);
        let mut image = Image::take(&mut module).expect("data");
        let mut trees = tree::read(&module, &relocations).expect("known instructions");
        promote(&mut module, &mut trees, &relocations, &mut image);
        tree::write(&mut module, trees);
        image.put(&mut module);
        module
    }

    fn with_memory(functions: &str) -> String {
        format!(
            r#"(module (import "env" "f" (func $f (param i32)))
                (memory (export "memory") 1) {functions}
                (data (i32.const 1000) "x")
                (data (i32.const 1024) "\07\00\00\00\08\00\00\00\09\00\00\00\01"))"#
        )
    }

    /// The end of the first word is where the second one begins, which nobody reads.
    #[test]
    fn an_address_at_the_end_of_a_symbol_is_none_of_the_next() {
        const WAT: &str = r#"(module (memory (export "memory") 1)
            (func (export "f") (result i32)
                (i32.store offset=1028 (i32.const 0) (i32.const 7)) (i32.const 1028))
            (data (i32.const 1000) "x"))"#;
        let (mut module, mut relocations) = linked(WAT, &SYMBOLS);
        let place = relocations.code.keys().copied().max().expect("the constant's");
        relocations.code.insert(place, Reference { symbol: 0, addend: 4 });
        let mut image = Image::take(&mut module).expect("data");
        let mut trees = tree::read(&module, &relocations).expect("known instructions");
        promote(&mut module, &mut trees, &relocations, &mut image);
        tree::write(&mut module, trees);
        image.put(&mut module);
        let without = WAT
            .replace("(i32.store offset=1028 (i32.const 0) (i32.const 7))", "(drop (i32.const 7))");
        assert_is(module, &without);
    }

    #[track_caller]
    fn assert_untouched(functions: &str) {
        assert_is(promoted(functions), &with_memory(functions));
    }

    #[test]
    fn a_word_that_is_only_loaded_and_stored_is_a_global() {
        assert_is(
            promoted(
                r#"(func (export "f") (param i32) (result i64)
                    (i32.store offset=1024 (i32.const 0)
                        (i32.add (local.get 0) (i32.load offset=1024 (i32.const 0))))
                    (i64.load32_u offset=1024 (i32.const 0)))"#,
            ),
            r#"(module (import "env" "f" (func $f (param i32)))
                (memory (export "memory") 1)
                (global $a (mut i32) (i32.const 7))
                (func (export "f") (param i32) (result i64)
                    (global.set $a (i32.add (local.get 0) (global.get $a)))
                    (i64.extend_i32_u (global.get $a)))
                (data (i32.const 1000) "x")
                (data (i32.const 1028) "\08\00\00\00\09\00\00\00\01"))"#,
        );
    }

    #[test]
    fn a_field_of_a_symbol_and_a_byte_are_globals() {
        assert_is(
            promoted(
                r#"(func (export "f") (param i32)
                    (i32.store offset=1032 (i32.const 0) (i32.load offset=1032 (i32.const 0)))
                    (i32.store8 offset=1036 (i32.const 0) (i32.eqz (local.get 0)))
                    (i32.store8 offset=1036 (i32.const 0) (local.get 0))
                    (call $f (i32.load8_u offset=1036 (i32.const 0)))
                    (call $f (i32.load8_s offset=1036 (i32.const 0))))"#,
            ),
            r#"(module (import "env" "f" (func $f (param i32)))
                (memory (export "memory") 1)
                (global $second (mut i32) (i32.const 9))
                (global $flag (mut i32) (i32.const 1))
                (func (export "f") (param i32)
                    (global.set $second (global.get $second))
                    (global.set $flag (i32.eqz (local.get 0)))
                    (global.set $flag (i32.and (local.get 0) (i32.const 255)))
                    (call $f (global.get $flag))
                    (call $f (i32.extend8_s (global.get $flag))))
                (data (i32.const 1000) "x")
                (data (i32.const 1024) "\07\00\00\00\08"))"#,
        );
    }

    #[test]
    fn a_word_that_nobody_reads_goes() {
        assert_is(
            promoted(
                r#"(func (export "f") (param i32)
                    (i32.store offset=1024 (i32.const 0) (local.get 0))
                    (i32.store offset=1028 (i32.const 0) (i32.const 1))
                    (i32.store offset=1028 (i32.const 0) (i32.load (local.get 0))))"#,
            ),
            r#"(module (import "env" "f" (func $f (param i32)))
                (memory (export "memory") 1)
                (func (export "f") (param i32)
                    (drop (local.get 0))
                    (drop (i32.const 1))
                    (drop (i32.load (local.get 0))))
                (data (i32.const 1000) "x")
                (data (i32.const 1032) "\09\00\00\00\01"))"#,
        );
    }

    #[test]
    fn a_word_whose_address_is_known_elsewhere_stays() {
        let used = "(drop (i32.load offset=1028 (i32.const 0)))
            (i32.store offset=1028 (i32.const 0) (i32.const 1))";
        for escapes in [
            "(call $f (i32.const 1028))",
            "(call $f (i32.const 1032))", // The other field: of one symbol.
            "(drop (i32.load offset=1028 (local.get 0)))",
            "(drop (i32.load offset=1028 (i32.const 4)))",
            "(i32.store offset=1032 (local.get 0) (i32.const 1))",
            "(i32.store (i32.const 1032) (i32.const 1))",
        ] {
            assert_untouched(&format!(r#"(func (export "f") (param i32) {used} {escapes})"#));
        }
    }

    #[test]
    fn a_word_of_which_data_holds_the_address_stays_and_so_does_that_data() {
        let used = "(drop (i32.load offset=1024 (i32.const 0)))
            (drop (i32.load offset=1024 (i32.const 0)))
            (drop (i32.load offset=1028 (i32.const 0)))
            (drop (i32.load offset=1028 (i32.const 0)))";
        let wat = with_memory(&format!(r#"(func (export "f") {used})"#));
        let (mut module, mut relocations) = linked(&wat, &SYMBOLS);
        relocations.data.push((1028, Reference { symbol: 0, addend: 0 }));
        let mut image = Image::take(&mut module).expect("data");
        let mut trees = tree::read(&module, &relocations).expect("known instructions");
        promote(&mut module, &mut trees, &relocations, &mut image);
        tree::write(&mut module, trees);
        image.put(&mut module);
        assert_is(module, &wat);
    }

    #[test]
    fn mixed_widths_and_overlapping_fields_stay() {
        for mixed in [
            "(drop (i32.load offset=1028 (i32.const 0)))
                (drop (i32.load8_u offset=1028 (i32.const 0)))",
            "(i32.store offset=1028 (i32.const 0) (i32.const 1))
                (drop (i64.load offset=1028 (i32.const 0)))",
            "(drop (i32.load offset=1028 (i32.const 0)))
                (drop (i32.load offset=1028 (i32.const 0)))
                (drop (i32.load offset=1030 (i32.const 0)))
                (drop (i32.load offset=1030 (i32.const 0)))",
        ] {
            assert_untouched(&format!(r#"(func (export "f") {mixed})"#));
        }
    }

    #[test]
    fn what_lies_beside_its_symbol_leaves_all_as_it_is() {
        let beside = "(drop (i32.load offset=1024 (i32.const 0)))
            (drop (i32.load offset=1024 (i32.const 0)))
            (drop (i64.load offset=1032 (i32.const 0)))";
        assert_untouched(&format!(r#"(func (export "f") {beside})"#));
    }

    #[test]
    fn a_single_use_is_not_worth_a_global() {
        assert_untouched(r#"(func (export "f") (drop (i32.load offset=1024 (i32.const 0))))"#);
    }
}
