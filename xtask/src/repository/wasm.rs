//! What a module holds, and modules from WAT.

use std::path::Path;

use anyhow::{Context as _, Result};
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

/// Assembles WAT as `wat2wasm` does: without a name section.
pub fn assemble(path: &Path) -> Result<Vec<u8>> {
    let module =
        wat::parse_file(path).with_context(|| format!("cannot assemble {}", path.display()))?;
    wasmparser::validate(&module)
        .with_context(|| format!("{} is no valid module", path.display()))?;
    without_custom_sections(&module)
}

fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    let mut kept = module.get(..8).context("a module has a header")?.to_vec();
    let mut section_start = 8;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Some((_, range)) = payload.as_section() {
            if !matches!(payload, Payload::CustomSection(_)) {
                kept.extend(&module[section_start..range.end]);
            }
            section_start = range.end;
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What wat2wasm makes of these modules; the first is the smallest that Envoy boots, spelt out
    /// with a `nop` and a `return`.
    #[test]
    fn wat_is_assembled_as_wat2wasm_does() {
        let marker_and_allocator = r#"
            (func $marker nop)
            (func $allocate (param $size i32) (result i32) i32.const 0 return)
            (export "proxy_abi_version_0_2_0" (func $marker))
            (export "proxy_on_memory_allocate" (func $allocate))"#;
        let vm_start = r#"
            (func $start (param $context i32) (param $size i32) (result i32) i32.const 1 return)
            (export "proxy_on_vm_start" (func $start))"#;
        for (fields, size) in [
            (marker_and_allocator.to_owned(), 93),
            (format!("{marker_and_allocator}{vm_start}"), 126),
        ] {
            let named = wat::parse_str(format!("(module {fields})")).expect("valid WAT");
            let module = without_custom_sections(&named).expect("a valid module");
            assert_eq!(module.len(), size);
            assert!(named.len() > size, "the `wat` crate adds names");
        }
    }
}
