//! Types of functions, as Envoy compares and writes them.

use std::fmt;
use std::iter::repeat_n;

use wasmparser::{FuncType, RefType, ValType};

use crate::runner::shape::Shape;

/// The names that V8 has for the types of a function's parameters and results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    params: Vec<&'static str>,
    results: Vec<&'static str>,
}

impl Signature {
    /// Of a function of the plugin: all that it takes and returns are `i32`.
    pub(crate) fn of_shape(shape: &Shape) -> Self {
        let i32s = |count| repeat_n("i32", count).collect();
        Self {
            params: i32s(shape.params.len()),
            results: i32s(usize::from(shape.result.is_some())),
        }
    }

    /// Of a letter for each: `i` for `i32`, `I` for `i64`.
    pub(crate) fn of_letters(params: &str, results: &str) -> Self {
        let types = |letters: &str| {
            letters.chars().map(|letter| if letter == 'I' { "i64" } else { "i32" }).collect()
        };
        Self { params: types(params), results: types(results) }
    }

    #[cfg(test)]
    pub(crate) fn params(&self) -> &[&'static str] {
        &self.params
    }

    #[cfg(test)]
    pub(crate) fn results(&self) -> &[&'static str] {
        &self.results
    }

    pub(super) fn of_host(func: &wasmtime::FuncType) -> Self {
        let name = |ty| match ty {
            wasmtime::ValType::I64 => "i64",
            // Hostcalls have no others.
            _ => "i32",
        };
        Self {
            params: func.params().map(name).collect(),
            results: func.results().map(name).collect(),
        }
    }
}

impl From<&FuncType> for Signature {
    fn from(func: &FuncType) -> Self {
        let names = |types: &[ValType]| types.iter().map(name).collect();
        Self { params: names(func.params()), results: names(func.results()) }
    }
}

fn name(ty: &ValType) -> &'static str {
    match *ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        ValType::Ref(RefType::EXTERNREF) => "externref",
        ValType::Ref(RefType::FUNCREF) => "funcref",
        ValType::V128 | ValType::Ref(_) => "unknown",
    }
}

/// As Envoy writes it: `i32 i32 -> void`.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = |types: &[&str]| {
            if types.is_empty() { "void".to_owned() } else { types.join(" ") }
        };
        write!(f, "{} -> {}", types(&self.params), types(&self.results))
    }
}
