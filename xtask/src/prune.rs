//! The one step after the link: what no host reads goes.
//!
//! It never changes what a host can see a module do: the same cases pass on a module before and
//! after it.

use anyhow::{Context as _, Result, bail};
use walrus::ir::Value;
use walrus::{ConstExpr, DataKind, ExportItem, Module, ModuleConfig, passes};

/// Removes exports that no host reads, the memory if nothing uses it, whatever is then unused, and
/// custom sections. The result is valid.
pub fn prune(module: &[u8]) -> Result<Vec<u8>> {
    let mut module = parse(module)?;
    check_markers(&module)?;

    // A host reads functions and the memory. rustc's linker exports globals as well: `__data_end`
    // and `__heap_base`.
    let unread: Vec<_> = module
        .exports
        .iter()
        .filter(|export| matches!(export.item, ExportItem::Global(_) | ExportItem::Table(_)))
        .map(walrus::Export::id)
        .collect();
    for export in unread {
        module.exports.delete(export);
    }
    passes::gc::run(&mut module);
    drop_unused_memory(&mut module);
    join_data(&mut module);
    let custom: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for section in custom {
        module.customs.delete(section);
    }

    let pruned = module.emit_wasm();
    wasmparser::validate(&pruned).context("prune made an invalid module: this is its own fault")?;
    Ok(pruned)
}

/// Whether the module keeps a stack in memory: rustc's linker gives it the only mutable global that
/// a Rust module has.
pub fn uses_stack(pruned: &[u8]) -> Result<bool> {
    Ok(parse(pruned)?.globals.iter().any(|global| global.mutable))
}

fn parse(module: &[u8]) -> Result<Module> {
    ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse(module)
        .context("not a WebAssembly module that can be pruned")
}

/// Envoy takes the first marker that it finds and says nothing of another.
fn check_markers(module: &Module) -> Result<()> {
    let markers: Vec<&str> = module
        .exports
        .iter()
        .map(|export| export.name.as_str())
        .filter(|name| name.starts_with("proxy_abi_version_"))
        .collect();
    if let [_, _, ..] = markers[..] {
        bail!("the module exports {} ABI versions: {}", markers.len(), markers.join(", "));
    }
    Ok(())
}

/// Makes one segment of those that follow one another closely, and drops zeros at the end of each:
/// memory is zero before it is initialised.
fn join_data(module: &mut Module) {
    /// What a segment costs besides its bytes: a kind, an address, a length.
    const SEGMENT: u32 = 6;
    let mut segments: Vec<(u32, walrus::DataId)> = Vec::new();
    for data in module.data.iter() {
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(at)), .. } = data.kind else {
            return; // None of rustc's.
        };
        segments.push((at.cast_unsigned(), data.id()));
    }
    segments.sort_unstable_by_key(|(at, _)| *at);
    let mut last: Option<(u32, walrus::DataId)> = None;
    for (at, id) in segments {
        if let Some((start, into)) = last {
            let end = start as usize + module.data.get(into).value.len();
            match (at as usize).checked_sub(end) {
                Some(gap) if gap <= SEGMENT as usize => {
                    let bytes = std::mem::take(&mut module.data.get_mut(id).value);
                    let joined = &mut module.data.get_mut(into).value;
                    joined.resize(joined.len() + gap, 0);
                    joined.extend(bytes);
                    module.data.delete(id);
                    continue;
                }
                _ => {}
            }
        }
        last = Some((at, id));
    }
    let segments: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    for segment in segments {
        let data = module.data.get_mut(segment);
        let used = data.value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        data.value.truncate(used);
    }
}

/// The linker always makes a memory and exports it. A module that has no import moves no bytes over
/// the boundary, and if it does not use its memory either, nothing does.
fn drop_unused_memory(module: &mut Module) {
    if module.imports.iter().next().is_some() {
        return;
    }
    let exported = module.exports.iter().find_map(|export| match export.item {
        ExportItem::Memory(memory) => Some((export.id(), export.name.clone(), memory)),
        _ => None,
    });
    let Some((export, name, memory)) = exported else { return };
    module.exports.delete(export);
    passes::gc::run(module);
    if module.memories.iter().any(|used| used.id() == memory) {
        module.exports.add(&name, memory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pruned(wat: &str) -> String {
        let module = wat::parse_str(wat).expect("the test's WAT is right");
        let pruned = prune(&module).expect("prune");
        let exports = crate::wasm::summary(&pruned).expect("a valid module");
        format!(
            "exports {} imports {} pages {}",
            exports.exports.join(","),
            exports.imports.join(","),
            exports.pages.map_or("none".to_owned(), |pages| pages.to_string())
        )
    }

    #[test]
    fn globals_are_not_read_and_an_unused_memory_goes() {
        assert_eq!(
            pruned(
                r#"(module (memory (export "memory") 1)
                    (global (export "__heap_base") i32 (i32.const 16))
                    (func (export "proxy_abi_version_0_2_1")))"#
            ),
            "exports proxy_abi_version_0_2_1 imports  pages none"
        );
    }

    #[test]
    fn a_memory_that_code_data_or_the_host_uses_stays() {
        let stays = "exports proxy_on_tick,memory imports  pages 1";
        for used in [
            r#"(func (export "proxy_on_tick") (drop (memory.size)))"#,
            r#"(func (export "proxy_on_tick")) (data (i32.const 0) "x")"#,
        ] {
            let wat = format!(r#"(module (memory (export "memory") 1) {used})"#);
            assert_eq!(pruned(&wat), stays, "{used}");
        }
        assert_eq!(
            pruned(
                r#"(module (import "env" "proxy_done" (func $done (result i32)))
                    (memory (export "memory") 1)
                    (func (export "proxy_on_tick") (drop (call $done))))"#
            ),
            "exports memory,proxy_on_tick imports env.proxy_done pages 1"
        );
    }

    #[test]
    fn an_exported_callback_stays_and_an_import_that_nothing_calls_goes() {
        assert_eq!(
            pruned(
                r#"(module (import "env" "proxy_done" (func (result i32)))
                    (func $unused)
                    (func (export "proxy_on_vm_start") (param i32 i32) (result i32) i32.const 1))"#
            ),
            "exports proxy_on_vm_start imports  pages none"
        );
    }

    #[test]
    fn two_markers_are_refused() {
        let module = wat::parse_str(
            r#"(module (func (export "proxy_abi_version_0_2_0"))
                (func (export "proxy_abi_version_0_2_1")))"#,
        )
        .expect("the test's WAT is right");
        let error = prune(&module).expect_err("two markers").to_string();
        assert_eq!(
            error,
            "the module exports 2 ABI versions: proxy_abi_version_0_2_0, proxy_abi_version_0_2_1"
        );
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        assert!(prune(b"no wasm").is_err());
    }
}
