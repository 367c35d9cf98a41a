//! Modules of the tests, in WAT.

use walrus::Module;
use wasmparser::{Operator, Parser, Payload};

use super::encode::without_empty_else;
use super::image::Image;
use super::relocations::{Reference, Relocations, Symbol};
use super::tree::{self, Tree};

/// A module as if it had been linked with these symbols, each an address and a size: every
/// constant and every offset that lies in one is a relocation.
pub fn linked(wat: &str, symbols: &[(u32, u32)]) -> (Module, Relocations) {
    let bytes = wat::parse_str(wat).expect("the test's WAT is right");
    let mut relocations = Relocations::default();
    for (address, size) in symbols {
        let symbol =
            Symbol { address: *address, size: *size, fixed: false, bound: false, constant: false };
        relocations.symbols.push(Some(symbol));
    }
    let reference = |address: u64| {
        symbols
            .iter()
            .position(|(start, size)| {
                (u64::from(*start)..u64::from(start + size)).contains(&address)
            })
            .map(|symbol| Reference {
                symbol,
                addend: address as i64 - i64::from(symbols[symbol].0),
            })
    };
    for payload in Parser::new(0).parse_all(&bytes) {
        let Payload::CodeSectionEntry(body) = payload.expect("valid") else { continue };
        let operators = body.get_operators_reader().expect("valid").into_iter_with_offsets();
        for operator in operators {
            let (operator, at) = operator.expect("valid");
            let (place, address) = match operator {
                Operator::I32Const { value } => (at + 1, u64::from(value.cast_unsigned())),
                Operator::I32Load { memarg }
                | Operator::I32Load8U { memarg }
                | Operator::I32Load8S { memarg }
                | Operator::I64Load { memarg }
                | Operator::I64Load32U { memarg }
                | Operator::I32Store { memarg }
                | Operator::I32Store8 { memarg }
                | Operator::I64Store { memarg }
                | Operator::I64Store32 { memarg } => (at + 2, memarg.offset),
                _ => continue,
            };
            if let Some(reference) = reference(address) {
                relocations.code.insert(place, reference);
            }
        }
    }
    (super::parse(&bytes).expect("a module"), relocations)
}

/// The module after this was done to each of its functions.
pub fn each(wat: &str, pass: impl Fn(&mut Module, &mut Tree)) -> Module {
    let (mut module, relocations) = linked(wat, &[]);
    let mut trees = tree::read(&module, &relocations).expect("known instructions");
    for tree in &mut trees {
        pass(&mut module, tree);
    }
    tree::write(&mut module, trees);
    module
}

/// Asserts that a module is what this WAT says.
#[track_caller]
pub fn assert_is(mut module: Module, wat: &str) {
    let expected = wat::parse_str(wat).expect("the test's WAT is right");
    let mut expected = super::parse(&expected).expect("a module");
    let (found, expected) = (written(&mut module), written(&mut expected));
    assert!(found == expected, "found\n{}\ninstead of\n{}", shown(&found), shown(&expected));
}

fn written(module: &mut Module) -> Vec<u8> {
    if let Some(image) = Image::take(module) {
        image.put(module);
    }
    walrus::passes::gc::run(module);
    let bytes = without_empty_else(&module.emit_wasm()).expect("a module");
    wasmparser::validate(&bytes).expect("a valid module");
    bytes
}

/// Its instructions, and what else there is in bytes.
fn shown(module: &[u8]) -> String {
    let mut shown = String::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.expect("valid") {
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().expect("valid") {
                    shown.push_str(&format!("{:?}\n", operator.expect("valid")));
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let global = global.expect("valid");
                    let init = global.init_expr.get_operators_reader().into_iter().next();
                    shown.push_str(&format!("{:?} {init:?}\n", global.ty));
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    shown.push_str(&format!("{:?}\n", segment.expect("valid")));
                }
            }
            _ => {}
        }
    }
    shown
}
