//! What a module's functions and data segments are called.

use std::collections::HashMap;

use wasmparser::{
    BinaryReaderError, ExternalKind, KnownCustom, Name, NameMap, Parser, Payload, TypeRef,
};

/// Names by index: those of the name section, and of exports where it has none.
#[derive(Default)]
pub(super) struct Names {
    functions: HashMap<u32, String>,
    data: HashMap<u32, String>,
    /// How many functions are imported: they come first.
    imported: u32,
}

impl Names {
    /// Reads them, as far as they can be read.
    pub(super) fn read(module: &[u8]) -> Self {
        let mut names = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            if payload.and_then(|payload| names.section(payload)).is_err() {
                break;
            }
        }
        names
    }

    fn section(&mut self, payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    if matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                        let name = format!("{}.{}", import.module, import.name);
                        self.functions.insert(self.imported, name);
                        self.imported += 1;
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
                        let name = || export.name.to_owned();
                        self.functions.entry(export.index).or_insert_with(name);
                    }
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(subsections) = section.as_known() {
                    for subsection in subsections {
                        match subsection? {
                            Name::Function(map) => insert(&mut self.functions, map)?,
                            Name::Data(map) => insert(&mut self.data, map)?,
                            _ => {}
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// `function 3 proxy_on_log`.
    pub(super) fn function(&self, index: u32) -> String {
        with_name("function", index, &self.functions)
    }

    /// The same of a function that is not imported, counted among those.
    pub(super) fn own_function(&self, index: u32) -> String {
        self.function(self.imported.saturating_add(index))
    }

    /// `segment 0 .rodata`.
    pub(super) fn data(&self, index: u32) -> String {
        with_name("segment", index, &self.data)
    }
}

fn with_name(kind: &str, index: u32, names: &HashMap<u32, String>) -> String {
    match names.get(&index) {
        Some(name) => format!("{kind} {index} {name}"),
        None => format!("{kind} {index}"),
    }
}

/// Names of Rust are written as in its sources, without the hash.
fn insert(names: &mut HashMap<u32, String>, map: NameMap<'_>) -> Result<(), BinaryReaderError> {
    for naming in map {
        let naming = naming?;
        names.insert(naming.index, format!("{:#}", rustc_demangle::demangle(naming.name)));
    }
    Ok(())
}
