//! The one step after the link: what no host reads goes, and what is left gets smaller.
//!
//! It never changes what a host can see a module do: the same cases pass on a module before and
//! after it.

mod arity;
#[cfg(test)]
mod behaviour;
mod bits;
mod coalesce;
mod condition;
mod constants;
mod control;
mod copies;
mod encode;
mod exits;
mod globals;
mod growth;
mod image;
mod inline;
mod layout;
mod liveness;
mod offsets;
mod relocations;
mod stack;
#[cfg(test)]
mod testing;
mod tree;
mod values;
mod webs;

use anyhow::{Context as _, Result, bail};
use walrus::ir::Instr;
use walrus::{ExportItem, GlobalId, Module, ModuleConfig, passes};

use self::image::Image;
use self::relocations::Relocations;
use self::tree::Tree;

/// Removes exports that no host reads, the memory if nothing uses it, whatever is then unused, and
/// custom sections. In a module with relocations, variables move out of memory. The result is valid.
pub fn prune(bytes: &[u8]) -> Result<Vec<u8>> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let thread = thread.spawn_scoped(scope, || {
            let pruned = pruned(bytes, Relocations::of(bytes).as_ref())?;
            // What became invalid stays as the linker left it.
            if wasmparser::validate(&pruned).is_ok() {
                return Ok(pruned);
            }
            let pruned = self::pruned(bytes, None)?;
            wasmparser::validate(&pruned)
                .context("prune made an invalid module: this is its own fault")?;
            Ok(pruned)
        })?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Functions are walked by recursion, and a large `match` is nested as deep as it has arms.
const STACK: usize = 1 << 30;

fn pruned(bytes: &[u8], relocations: Option<&Relocations>) -> Result<Vec<u8>> {
    let mut module = parse(bytes)?;
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
    let mut image = Image::take(&mut module);
    // rustc's linker gives the stack the only mutable global that a Rust module has.
    let stack: Vec<_> = mutable_globals(&module).collect();
    if let (Some(image), Some(relocations)) = (&mut image, relocations) {
        rewrite(&mut module, image, relocations, &stack);
    }
    if let Some(image) = image {
        image.put(&mut module);
    }
    passes::gc::run(&mut module);
    drop_unused_memory(&mut module);
    let custom: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for section in custom {
        module.customs.delete(section);
    }

    encode::without_empty_else(&module.emit_wasm())
}

/// What only relocations allow. A module with anything that is not understood stays as it is.
fn rewrite(module: &mut Module, image: &mut Image, relocations: &Relocations, stack: &[GlobalId]) {
    let Some(mut trees) = tree::read(module, relocations) else { return };
    copies::bare(module, &mut trees);
    globals::promote(module, &mut trees, relocations, image);
    growth::forget(module, &mut trees);
    trees.iter_mut().for_each(|tree| exits::carry(module, tree));
    // What lies below the data is the stack's, if there is one.
    let base = (!uses(&trees, stack)).then_some(LOWEST);
    let free = base.unwrap_or(0);
    offsets::fold(&mut trees, free);
    let once = inline::candidates(module, &trees);
    inline::inline(module, &mut trees, &once);
    for tree in &mut trees {
        webs::split(module, tree);
        exits::thread(tree);
        control::simplify(module, tree);
        constants::fold(module, tree, free);
        values::join(module, tree);
        constants::fold(module, tree, free);
        coalesce::merge(module, tree);
        constants::fold(module, tree, free);
        control::simplify(module, tree);
        coalesce::share(module, tree);
    }
    layout::pack(&mut trees, relocations, image, base);
    let functions: Vec<_> =
        trees.iter_mut().map(|tree| (tree.function, liveness::mark(tree).targets)).collect();
    tree::write(module, trees);
    for (function, targets) in functions {
        stack::keep(module, function, &targets);
    }
}

/// Where data begins in a module without a stack: not at 0, which is no address in Rust.
const LOWEST: u32 = 8;

fn uses(trees: &[Tree], globals: &[GlobalId]) -> bool {
    let mut uses = false;
    for expr in trees.iter().flat_map(|tree| &tree.body) {
        expr.visit(&mut |expr| {
            uses |= match &expr.instr {
                Instr::GlobalGet(got) => globals.contains(&got.global),
                Instr::GlobalSet(set) => globals.contains(&set.global),
                _ => false,
            };
        });
    }
    uses
}

fn mutable_globals(module: &Module) -> impl Iterator<Item = GlobalId> {
    module.globals.iter().filter(|global| global.mutable).map(walrus::Global::id)
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
