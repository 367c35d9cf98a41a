//! The checks that Envoy makes before anything of a module runs, in its order and words. What a module
//! does when it runs is up to `Guest`.

use wasmparser::{Validator, WasmFeatures};

use super::interface::{Imported, Interface, Kind};
use super::offered::Offered;
use super::sections::{Corrupted, Sections};
use super::signature::Signature;
use crate::alike::most_alike;
use crate::refusal::{NO_ALLOCATOR, NO_MARKER, VM_FAILED};
use crate::runner::abi::{self, AbiVersion};
use crate::runner::error::Refusal;
use crate::runner::limits::{MAX_MEMORY, MAX_TABLE};
use crate::runner::shape::Shape;

const LOAD: &str = "Failed to load Wasm code";
const INITIALIZE: &str = "Failed to initialize Wasm code";
pub(super) const NO_INSTANCE: &str = "Failed to create new Wasm instance";

/// A module that Envoy has loaded.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) abi: AbiVersion,
    pub(crate) has_names: bool,
    pub(crate) interface: Interface,
}

impl Loaded {
    /// Envoy's `load`.
    pub(crate) fn load(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            // Envoy says no more than that the plugin failed to load.
            return Err(Refusal::default().help("the file is empty"));
        }
        let refuse = |line: &str| {
            let refusal = Refusal::of(vec![format!("{VM_FAILED}{line}")], LOAD);
            Refusal { help: what_else(bytes).map(str::to_owned), ..refusal }
        };
        let sections = Sections::read(bytes)
            .map_err(|Corrupted| refuse("Failed to parse corrupted Wasm module"))?;
        let abi = sections.abi.ok_or_else(|| refuse(NO_MARKER))?;
        let interface =
            validate(bytes).map_err(|why| refuse("Failed to load Wasm bytecode").help(why))?;
        Ok(Self { abi, has_names: sections.has_names, interface })
    }

    /// Envoy's `link`, up to where the module's own code runs: all that is wrong, of which Envoy names
    /// the first.
    pub(crate) fn unlinkable(&self) -> impl Iterator<Item = Refusal> {
        let imports = &self.interface.imports;
        let imported = imports.iter().enumerate().filter_map(|(place, import)| {
            // Of functions there may be many.
            let before = !matches!(import.kind, Kind::Function(_))
                && imports[..place].iter().any(|before| before.kind == import.kind);
            self.check_import(import, before).err()
        });
        let refuse = |why| not_initialized(vec![NO_INSTANCE.to_owned()]).help(why);
        let too_large = self.interface.memories.iter().find(|memory| memory.initial > MAX_PAGES);
        let too_large = too_large.map(|memory| refuse(too_many_pages(memory.initial)));
        let outside = self.interface.segments.outside.then(|| {
            refuse("a segment reaches beyond the memory or table that it is for".to_owned())
        });
        imported.chain(too_large).chain(outside)
    }

    /// Every import must be offered with exactly its type. `before` says whether a memory or a table comes
    /// before one.
    fn check_import(&self, import: &Imported, before: bool) -> Result<(), Refusal> {
        let name = import.full_name();
        let refuse = |line: String| not_initialized(vec![line]);
        // Before it says anything.
        let crashes = |what: &str| {
            Refusal::default().help(format!("Envoy crashes where a module imports {what}"))
        };
        let missing = || {
            refuse(format!("Failed to load Wasm module due to a missing import: {name}"))
                .help(self.why_missing(&name))
        };
        match &import.kind {
            Kind::Function(wanted) => {
                let offered = Offered::to(self.abi).signature(&name).ok_or_else(missing)?;
                if wanted != offered {
                    return Err(refuse(format!(
                        "Failed to load Wasm module due to an import type mismatch: {name}, want: {wanted}, but host exports: {offered}"
                    )));
                }
            }
            Kind::Memory if before => return Err(crashes("two memories")),
            Kind::Memory => {
                // Imported memories come first.
                let initial = self.interface.memories.first().map_or(0, |memory| memory.initial);
                if initial > MAX_PAGES {
                    // Envoy says no more than that.
                    return Err(not_initialized(Vec::new()).help(too_many_pages(initial)));
                }
            }
            Kind::Table if before => return Err(crashes("two tables")),
            Kind::Table => {}
            Kind::Global => return Err(missing()),
            Kind::Tag => return Err(crashes("a tag")),
        }
        Ok(())
    }

    fn why_missing(&self, name: &str) -> String {
        let offers = |abi: &AbiVersion| Offered::to(*abi).signature(name).is_some();
        let elsewhere: Vec<String> =
            AbiVersion::ALL.iter().filter(|abi| offers(abi)).map(AbiVersion::to_string).collect();
        let mut why = format!("no host offers it to a plugin of ABI {}", self.abi);
        if !elsewhere.is_empty() {
            why.push_str(&format!(", only of {}", elsewhere.join(" and ")));
        } else if let Some(meant) = most_alike(name, Offered::to(self.abi).names()) {
            why.push_str(&format!("; did you mean {meant}?"));
        }
        why
    }

    /// Envoy's `getFunctions`.
    /// The functions that the host calls, of those callbacks that it may.
    pub(crate) fn functions(&self, may: impl Fn(&str) -> bool) -> Functions {
        Functions::of(&self.interface, self.abi, may)
    }

    /// All that is wrong before anything of the module runs, of which Envoy says the first.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = Refusal> {
        let wrong = self.functions(|_| true).wrong;
        self.unlinkable().chain((!wrong.is_empty()).then(|| not_initialized(wrong)))
    }
}

/// The functions that the host calls, and what is wrong with others.
pub(crate) struct Functions {
    pub(crate) found: Vec<&'static Shape>,
    /// Those of another type than it has to be.
    pub(crate) mistyped: Vec<&'static str>,
    /// The lines that Envoy logs; empty if all is well.
    pub(crate) wrong: Vec<String>,
}

impl Functions {
    /// Looks for them in Envoy's order.
    pub(crate) fn of(interface: &Interface, abi: AbiVersion, may: impl Fn(&str) -> bool) -> Self {
        let mut functions = Self { found: Vec::new(), mistyped: Vec::new(), wrong: Vec::new() };
        let mut look_up = |export| functions.look_up(interface, export);
        if look_up(abi::INITIALIZE) {
            look_up(abi::MAIN);
            look_up(abi::MAIN_VOID);
        } else {
            look_up(abi::START);
        }
        if !abi::ALLOCATORS.into_iter().any(look_up) {
            functions.wrong.push(format!("{VM_FAILED}{NO_ALLOCATOR}"));
        }
        // Envoy's own callbacks are no capabilities.
        let may = |callback: &&Shape| !callback.name.starts_with("proxy_") || may(callback.name);
        for callback in abi::callbacks(abi).filter(may) {
            functions.look_up(interface, callback);
        }
        functions
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.found.iter().map(|found| found.name)
    }

    fn look_up(&mut self, interface: &Interface, export: &'static Shape) -> bool {
        let Some(exported) = interface.function(export.name) else { return false };
        let wanted = Signature::of_shape(export);
        if wanted != *exported {
            self.wrong.push(format!(
                "Bad function signature for: {}, want: {wanted}, but the module exports: {exported}",
                export.name
            ));
            self.mistyped.push(export.name);
            return false;
        }
        self.found.push(export);
        true
    }
}

/// A refusal at the stage in which a module is linked and started.
pub(crate) fn not_initialized(log: Vec<String>) -> Refusal {
    Refusal::of(log, INITIALIZE)
}

/// What V8 finds when it validates a module, with what it runs of WebAssembly's proposals in Envoy 1.40.
///
/// # Errors
/// Why it is no valid module.
pub(crate) fn validate(bytes: &[u8]) -> Result<Interface, String> {
    if let Some(what) = what_else(bytes) {
        return Err(what.to_owned());
    }
    let v8 = WasmFeatures::WASM3 | WasmFeatures::LEGACY_EXCEPTIONS;
    let interface = Validator::new_with_features(v8)
        .validate_all(bytes)
        .and_then(|_| Interface::read(bytes))
        .map_err(|error| error.to_string())?;
    match interface.tables.iter().find(|elements| **elements > MAX_TABLE) {
        Some(elements) => {
            Err(format!("a table begins with {elements} elements, and may have {MAX_TABLE}"))
        }
        None => Ok(interface),
    }
}

/// Pages that a memory may have in Envoy.
const MAX_PAGES: u64 = (MAX_MEMORY >> 16) as u64;

fn too_many_pages(initial: u64) -> String {
    format!("the memory begins with {initial} pages, and may have {MAX_PAGES} (1 GiB)")
}

/// What bytes are that are no module.
fn what_else(bytes: &[u8]) -> Option<&'static str> {
    if !bytes.starts_with(b"\0asm") {
        return Some("the file is no Wasm: it does not begin with \\0asm");
    }
    let component = bytes.get(6..8) == Some(&[1, 0]);
    component.then_some(
        "it is a component, and Proxy-Wasm hosts load core modules: build a cdylib for wasm32-unknown-unknown or wasm32-wasip1",
    )
}
