//! A compiled module, and the checks that Envoy makes before it runs one.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use wasmtime::{
    Config, Engine, Extern, ExternType, FuncType, Instance, Linker, Memory, Module, Store, Table,
    ValType,
};

use super::abi::{self, AbiVersion};
use super::error::Refusal;
use super::guest::Function;
use super::host::Host;
use super::shape::Shape;
use super::stack::Stack;
use super::{hostcalls, wasi};
use crate::refusal::{NO_ALLOCATOR, NO_MARKER, VM_FAILED};

const LOAD: &str = "Failed to load Wasm code";
const INITIALIZE: &str = "Failed to initialize Wasm code";

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

/// What the host offers to modules of an ABI version.
fn linker(abi: AbiVersion) -> &'static Linker<Host> {
    static LINKERS: OnceLock<[Linker<Host>; 3]> = OnceLock::new();
    let linkers = LINKERS.get_or_init(|| {
        AbiVersion::ALL.map(|abi| {
            let mut linker = Linker::new(engine());
            hostcalls::offer(&mut linker, abi).expect("each hostcall is offered once");
            wasi::offer(&mut linker).expect("each WASI function is offered once");
            linker
        })
    });
    &linkers[abi as usize]
}

/// A compiled module and its ABI version.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    module: Module,
    pub(crate) abi: AbiVersion,
    has_names: bool,
    bytes: Vec<u8>,
}

impl Code {
    /// Envoy's `load`.
    pub(crate) fn load(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            // Envoy says no more than that the plugin failed to load.
            return Err(Refusal::default().help("the file is empty"));
        }
        let sections = Sections::read(bytes).map_err(|Corrupted| {
            let log = vec![format!("{VM_FAILED}Failed to parse corrupted Wasm module")];
            let refusal = Refusal::of(log, LOAD);
            if bytes.starts_with(b"\0asm") {
                refusal
            } else {
                refusal.help("the file is no Wasm: it does not begin with \\0asm")
            }
        })?;
        let Some(abi) = sections.abi else {
            return Err(Refusal::of(vec![format!("{VM_FAILED}{NO_MARKER}")], LOAD));
        };
        let module = Module::from_binary(engine(), bytes).map_err(|error| {
            let log = vec![format!("{VM_FAILED}Failed to load Wasm bytecode")];
            Refusal::of(log, LOAD).help(error.root_cause().to_string())
        })?;
        Ok(Self { module, abi, has_names: sections.has_names, bytes: bytes.to_vec() })
    }

    /// Where it keeps its stack.
    pub(crate) fn stack(&self) -> Stack {
        Stack::find(&self.bytes)
    }

    pub(crate) fn has_names(&self) -> bool {
        self.has_names
    }

    /// Envoy's `link`: every import must be offered with exactly its type.
    pub(crate) fn link(&self, store: &mut Store<Host>) -> Result<Instance, Refusal> {
        let refuse = |line: String| Refusal::of(vec![line], INITIALIZE);
        // Envoy says no more than that.
        let too_large =
            |error: wasmtime::Error| not_initialized(Vec::new()).help(error.to_string());
        let linker = linker(self.abi);
        let mut imports = Vec::new();
        for import in self.module.imports() {
            let name = format!("{}.{}", import.module(), import.name());
            let missing = || {
                refuse(format!("Failed to load Wasm module due to a missing import: {name}"))
                    .help(format!("no host offers it to a plugin of ABI {}", self.abi))
            };
            let import = match import.ty() {
                ExternType::Func(wanted) => {
                    let Some(Extern::Func(offered)) =
                        linker.get(&mut *store, import.module(), import.name()).ok()
                    else {
                        return Err(missing());
                    };
                    let offers = offered.ty(&*store);
                    if !FuncType::eq(&wanted, &offers) {
                        return Err(refuse(format!(
                            "Failed to load Wasm module due to an import type mismatch: {name}, want: {}, but host exports: {}",
                            signature(&wanted),
                            signature(&offers)
                        )));
                    }
                    Extern::Func(offered)
                }
                ExternType::Memory(wanted) => {
                    let memory = Memory::new(&mut *store, wanted).map_err(too_large)?;
                    store.data_mut().memory = Some(memory);
                    Extern::Memory(memory)
                }
                ExternType::Table(wanted) => {
                    let null = wasmtime::Ref::null(wanted.element().heap_type());
                    Extern::Table(Table::new(&mut *store, wanted, null).map_err(too_large)?)
                }
                ExternType::Global(_) | ExternType::Tag(_) => return Err(missing()),
            };
            imports.push(import);
        }
        Instance::new(store, &self.module, &imports).map_err(|error| {
            refuse("Failed to create new Wasm instance".to_owned())
                .help(error.root_cause().to_string())
        })
    }
}

/// The functions of an instance that the host calls, and what is wrong with others.
pub(crate) struct Functions {
    pub(crate) found: HashMap<&'static str, Function>,
    /// The lines that Envoy logs; empty if all is well.
    pub(crate) wrong: Vec<String>,
}

impl Functions {
    /// Envoy's `getFunctions`, in its order.
    pub(crate) fn find(store: &mut Store<Host>, instance: &Instance, abi: AbiVersion) -> Self {
        let mut functions = Self { found: HashMap::new(), wrong: Vec::new() };
        if functions.look_up(store, instance, abi::INITIALIZE) {
            functions.look_up(store, instance, abi::MAIN);
            functions.look_up(store, instance, abi::MAIN_VOID);
        } else {
            functions.look_up(store, instance, abi::START);
        }
        if !abi::ALLOCATORS
            .into_iter()
            .any(|allocator| functions.look_up(store, instance, allocator))
        {
            functions.wrong.push(format!("{VM_FAILED}{NO_ALLOCATOR}"));
        }
        for callback in abi::callbacks(abi) {
            functions.look_up(store, instance, callback);
        }
        functions
    }

    fn look_up(
        &mut self,
        store: &mut Store<Host>,
        instance: &Instance,
        export: &'static Shape,
    ) -> bool {
        let Some(func) = instance.get_func(&mut *store, export.name) else { return false };
        let i32s = |count| std::iter::repeat_n(ValType::I32, count);
        let results = usize::from(export.result.is_some());
        let wanted = FuncType::new(engine(), i32s(export.params.len()), i32s(results));
        let exported = func.ty(&*store);
        if !FuncType::eq(&wanted, &exported) {
            self.wrong.push(format!(
                "Bad function signature for: {}, want: {}, but the module exports: {}",
                export.name,
                signature(&wanted),
                signature(&exported)
            ));
            return false;
        }
        self.found.insert(export.name, Function { func, shape: export, most: None });
        true
    }
}

/// A refusal at the stage in which a module is linked and started.
pub(crate) fn not_initialized(log: Vec<String>) -> Refusal {
    Refusal::of(log, INITIALIZE)
}

/// As Envoy writes it: `i32 i32 -> void`.
fn signature(func: &FuncType) -> String {
    fn types(types: impl Iterator<Item = ValType>) -> String {
        let types: Vec<String> = types.map(|ty| ty.to_string()).collect();
        if types.is_empty() { "void".to_owned() } else { types.join(" ") }
    }
    format!("{} -> {}", types(func.params()), types(func.results()))
}

/// What Envoy reads from the bytes themselves.
struct Sections {
    abi: Option<AbiVersion>,
    has_names: bool,
}

struct Corrupted;

impl Sections {
    /// Walks the sections as Envoy does, which looks into none but the exports and the names; under
    /// eight bytes it finds nothing and calls nothing corrupted.
    fn read(bytes: &[u8]) -> Result<Self, Corrupted> {
        let mut sections = Self { abi: None, has_names: false };
        let Some((header, mut rest)) = bytes.split_first_chunk::<8>() else { return Ok(sections) };
        if !header.starts_with(b"\0asm") {
            return Err(Corrupted);
        }
        let mut exports_seen = false;
        while let Some((&id, after)) = rest.split_first() {
            rest = after;
            let size = leb(&mut rest)?;
            let mut section = take(&mut rest, size)?;
            match id {
                0 => {
                    let size = leb(&mut section)?;
                    sections.has_names |= take(&mut section, size)? == b"name";
                }
                7 if !exports_seen => {
                    exports_seen = true;
                    sections.abi = marker(section)?;
                }
                _ => {}
            }
        }
        Ok(sections)
    }
}

/// The first export of a function that is an ABI marker.
fn marker(mut exports: &[u8]) -> Result<Option<AbiVersion>, Corrupted> {
    for _ in 0..leb(&mut exports)? {
        let size = leb(&mut exports)?;
        let name = take(&mut exports, size)?;
        let kind = take(&mut exports, 1)?;
        leb(&mut exports)?;
        let marks = |abi: &AbiVersion| abi.marker().as_bytes() == name;
        if kind == [0]
            && let Some(abi) = AbiVersion::ALL.into_iter().find(marks)
        {
            return Ok(Some(abi));
        }
    }
    Ok(None)
}

fn take<'a>(bytes: &mut &'a [u8], size: usize) -> Result<&'a [u8], Corrupted> {
    let (taken, rest) = bytes.split_at_checked(size).ok_or(Corrupted)?;
    *bytes = rest;
    Ok(taken)
}

/// An unsigned LEB128 of at most 32 bits.
fn leb(bytes: &mut &[u8]) -> Result<usize, Corrupted> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(value).map(|value| value as usize).map_err(|_| Corrupted);
        }
    }
    Err(Corrupted)
}

/// Compiled code is shared by the VMs that run it.
pub(crate) type SharedCode = Arc<Code>;
