//! A compiled module.

mod bounds;
mod checks;
mod interface;
mod offered;
mod sections;
mod segments;
mod signature;

use std::fmt::Display;
use std::sync::{Arc, OnceLock};

use wasmtime::{Config, Engine, Extern, ExternType, Instance, Memory, Module, Store, Table};

use checks::NO_INSTANCE;
pub(crate) use checks::{Functions, Loaded, not_initialized, validate};
pub(crate) use interface::{Imported, Interface, Kind};

use super::error::Refusal;
use super::host::Host;
use super::stack::Stack;
use super::trap::reason;
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
        if let Some(what) = bounds::exceeded(bytes, &loaded.interface) {
            return Err(cannot_run(what));
        }
        let module =
            Module::from_binary(engine(), bytes).map_err(|error| cannot_run(error.root_cause()))?;
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
            not_initialized(vec![NO_INSTANCE.to_owned()]).help(reason(&error, false))
        })
    }
}

/// Why the engine would not run a module's code that V8 runs.
pub(crate) fn refuse_code(bytes: &[u8]) -> Option<Refusal> {
    let unknown = Module::validate(engine(), bytes).err();
    let unknown = unknown.map(|error| cannot_run(error.root_cause()));
    unknown.or_else(|| {
        let interface = Interface::read(bytes).ok()?;
        bounds::exceeded(bytes, &interface).map(cannot_run)
    })
}

/// Where a module needs more than the engine is built with, or would take too much of it.
fn cannot_run(why: impl Display) -> Refusal {
    Refusal::default().help(format!("V8 runs its code in Envoy, and this runner does not: {why}"))
}

/// Compiled code is shared by the VMs that run it.
pub(crate) type SharedCode = Arc<Code>;
