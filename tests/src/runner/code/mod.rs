//! A compiled module.

mod checks;
mod interface;
mod offered;
mod sections;
mod segments;
mod signature;

use std::sync::{Arc, OnceLock};

use wasmtime::{Config, Engine, Extern, ExternType, Instance, Memory, Module, Store, Table};

use checks::NO_INSTANCE;
pub(crate) use checks::{Functions, Loaded, not_initialized, validate};
pub(crate) use interface::{Imported, Interface, Kind};

use super::error::Refusal;
use super::host::Host;
use super::stack::Stack;
pub(crate) use offered::Offered;
pub(crate) use signature::Signature;

/// The engine, which all VMs share.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config.consume_fuel(true);
        // As deep as V8 goes, more or less.
        config.max_wasm_stack(1 << 20);
        Engine::new(&config).expect("wasmtime runs on this machine")
    })
}

/// A module that Envoy has loaded, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    module: Module,
    pub(crate) loaded: Loaded,
    bytes: Vec<u8>,
}

impl Code {
    /// Envoy's `load`.
    pub(crate) fn load(bytes: &[u8]) -> Result<Self, Refusal> {
        let loaded = Loaded::load(bytes)?;
        let module = Module::from_binary(engine(), bytes).map_err(|error| cannot_run(&error))?;
        Ok(Self { module, loaded, bytes: bytes.to_vec() })
    }

    /// Where it keeps its stack.
    pub(crate) fn stack(&self) -> Stack {
        Stack::find(&self.bytes)
    }

    /// Envoy's `link`.
    pub(crate) fn link(&self, store: &mut Store<Host>) -> Result<Instance, Refusal> {
        if let Some(refusal) = self.loaded.unlinkable().next() {
            return Err(refusal);
        }
        let failed = |error: wasmtime::Error| not_initialized(Vec::new()).help(error.to_string());
        let linker = &Offered::to(self.loaded.abi).linker;
        let mut imports = Vec::new();
        for import in self.module.imports() {
            imports.push(match import.ty() {
                ExternType::Memory(wanted) => {
                    let memory = Memory::new(&mut *store, wanted).map_err(failed)?;
                    store.data_mut().memory = Some(memory);
                    Extern::Memory(memory)
                }
                ExternType::Table(wanted) => {
                    let null = wasmtime::Ref::null(wanted.element().heap_type());
                    Extern::Table(Table::new(&mut *store, wanted, null).map_err(failed)?)
                }
                _ => linker.get(&mut *store, import.module(), import.name()).map_err(failed)?,
            });
        }
        Instance::new(store, &self.module, &imports).map_err(|error| {
            not_initialized(vec![NO_INSTANCE.to_owned()]).help(error.root_cause().to_string())
        })
    }
}

/// Why the engine would not run a module's code that V8 runs.
pub(crate) fn refuse_code(bytes: &[u8]) -> Option<Refusal> {
    Module::validate(engine(), bytes).err().map(|error| cannot_run(&error))
}

/// Where a module needs more of WebAssembly than the engine is built with.
fn cannot_run(error: &wasmtime::Error) -> Refusal {
    let why = error.root_cause();
    Refusal::default().help(format!("V8 runs its code in Envoy, and this runner does not: {why}"))
}

/// Compiled code is shared by the VMs that run it.
pub(crate) type SharedCode = Arc<Code>;
