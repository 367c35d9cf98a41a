//! What a module holds.

use anyhow::Result;
use wasmparser::{Parser, Payload, TypeRef};

/// A module's face.
#[derive(Debug)]
pub struct Summary {
    pub exports: Vec<String>,
    /// `module.name`.
    pub imports: Vec<String>,
    /// Pages of 64 KiB at the start; `None` without a memory.
    pub pages: Option<u64>,
}

pub fn summary(module: &[u8]) -> Result<Summary> {
    let mut summary = Summary { exports: Vec::new(), imports: Vec::new(), pages: None };
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ExportSection(section) => {
                for export in section {
                    summary.exports.push(export?.name.to_owned());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    if let TypeRef::Memory(memory) = import.ty {
                        summary.pages = Some(memory.initial);
                    }
                    summary.imports.push(format!("{}.{}", import.module, import.name));
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    summary.pages = Some(memory?.initial);
                }
            }
            _ => {}
        }
    }
    Ok(summary)
}
