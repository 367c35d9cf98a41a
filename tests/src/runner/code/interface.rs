//! What a module imports and exports.

use wasmparser::{
    BinaryReaderError, CompositeInnerType, ExternalKind, MemoryType, Parser, Payload, TypeRef,
};

use super::segments::Segments;
use super::signature::Signature;

/// A module's imports, exports, memories and tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interface {
    pub(crate) imports: Vec<Imported>,
    pub(crate) exports: Vec<Exported>,
    /// The imported first.
    pub(crate) memories: Vec<MemoryType>,
    /// The elements that each begins with, the imported first.
    pub(crate) tables: Vec<u64>,
    /// It has a start section.
    pub(crate) starts: bool,
    pub(crate) segments: Segments,
}

#[derive(Clone, Debug)]
pub(crate) struct Imported {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Imported {
    /// `module.name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Exported {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Function(Signature),
    Memory,
    Table,
    Global,
    Tag,
}

impl Interface {
    /// Reads it, without a look at whether the rest of the module is valid.
    pub(crate) fn read(module: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut interface = Self::default();
        let mut types = Vec::new();
        let mut functions = Vec::new();
        let function = |types: &[Option<Signature>], index: u32| {
            types.get(index as usize).cloned().flatten().map(Kind::Function)
        };
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        types.extend(group?.into_types().map(|ty| match ty.composite_type.inner {
                            CompositeInnerType::Func(func) => Some(Signature::from(&func)),
                            _ => None,
                        }));
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let kind = match import.ty {
                            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                                let kind = function(&types, index);
                                functions.push(kind.clone());
                                kind
                            }
                            TypeRef::Memory(memory) => {
                                interface.memories.push(memory);
                                Some(Kind::Memory)
                            }
                            TypeRef::Table(table) => {
                                interface.tables.push(table.initial);
                                Some(Kind::Table)
                            }
                            TypeRef::Global(_) => Some(Kind::Global),
                            TypeRef::Tag(_) => Some(Kind::Tag),
                        };
                        interface.imports.extend(kind.map(|kind| Imported {
                            module: import.module.to_owned(),
                            name: import.name.to_owned(),
                            kind,
                        }));
                    }
                }
                Payload::FunctionSection(section) => {
                    for index in section {
                        functions.push(function(&types, index?));
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        interface.tables.push(table?.ty.initial);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        interface.memories.push(memory?);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let kind = match export.kind {
                            ExternalKind::Func | ExternalKind::FuncExact => {
                                functions.get(export.index as usize).cloned().flatten()
                            }
                            ExternalKind::Memory => Some(Kind::Memory),
                            ExternalKind::Table => Some(Kind::Table),
                            ExternalKind::Global => Some(Kind::Global),
                            ExternalKind::Tag => Some(Kind::Tag),
                        };
                        let name = export.name.to_owned();
                        interface.exports.extend(kind.map(|kind| Exported { name, kind }));
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        interface.segments.element(&element?, &interface.tables);
                    }
                }
                Payload::StartSection { .. } => interface.starts = true,
                Payload::DataSection(section) => {
                    for data in section {
                        interface.segments.data(&data?, &interface.memories);
                    }
                }
                _ => {}
            }
        }
        Ok(interface)
    }

    /// The functions that it exports.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (&str, &Signature)> {
        self.exports.iter().filter_map(|export| match &export.kind {
            Kind::Function(signature) => Some((export.name.as_str(), signature)),
            _ => None,
        })
    }

    /// The type of an exported function.
    pub(crate) fn function(&self, name: &str) -> Option<&Signature> {
        self.functions().find_map(|(found, signature)| (found == name).then_some(signature))
    }

    /// The host can reach a memory.
    pub(crate) fn shows_memory(&self) -> bool {
        let imported = self.imports.iter().map(|import| &import.kind);
        let exported = self.exports.iter().map(|export| &export.kind);
        imported.chain(exported).any(|kind| *kind == Kind::Memory)
    }
}
