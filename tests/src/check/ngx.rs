//! What ngx_wasm_module would say: NGINX, OpenResty and Kong. This is read from its sources, at the commit
//! that `ngx_offers` names, and not tried:
//!
//! - The ABI version is the first export with a marker's name, whatever it exports. `malloc` comes before
//!   `proxy_on_memory_allocate`, and three callbacks must be there.
//! - It looks at no export's type.
//! - It calls most callbacks of a request without looking whether they are exported: where one is not, the
//!   worker process ends. The callbacks of TCP, gRPC, trailers, metadata and queues it never calls.
//! - An import that is no function is refused; one of `env` must be in its list, one of
//!   `wasi_snapshot_preview1` in its list or in the WebAssembly runtime's; other modules are not offered.
//!   Types are compared by the runtime.
//! - An instance runs `_start` or `_initialize`, which is exported first, and no `main`. There is no context
//!   then: hostcalls crash.
//! - Address 0 is null: a hostcall that gets it for bytes traps.

use super::envoy::addresses_without_memory;
use super::exports;
use super::host::{Host, HostReport, Verdict};
use super::ngx_offers::{Does, ENV, Row, WASI, signature};
use crate::AbiVersion;
use crate::runner::abi;
use crate::runner::code::{Imported, Interface, Kind, Signature};

/// Without these it does not load a module.
const REQUIRED: [&str; 3] = ["proxy_on_context_create", "proxy_on_vm_start", "proxy_on_configure"];

/// What it calls for every request that has such a thing, exported or not.
const EVERY_REQUEST: [&str; 7] = [
    "proxy_on_request_headers",
    "proxy_on_request_body",
    "proxy_on_response_headers",
    "proxy_on_response_body",
    "proxy_on_done",
    "proxy_on_log",
    "proxy_on_delete",
];

/// What it calls, exported or not, for what a plugin has asked for with an import.
const ANSWERS: [(&str, &str); 2] = [
    ("proxy_http_call", "proxy_on_http_call_response"),
    ("proxy_call_foreign_function", "proxy_on_foreign_function"),
];

/// The one callback that it looks for before it calls it.
const TICK: &str = "proxy_on_tick";

/// Said where V8 runs a module's code, and the wasmtime of this crate does not.
pub(super) const CODE: &str =
    "runs code like this only where the WebAssembly runtime does that NGINX was built with";

pub(super) fn report(valid: &Result<Interface, String>) -> HostReport {
    let mut report = HostReport::new(Host::NgxWasmModule);
    let interface = match valid {
        Ok(interface) => interface,
        Err(why) => {
            report.add(Verdict::Refuses, format!("finds no valid module: {why}"));
            return report;
        }
    };
    check_imports(&mut report, interface);
    check_exports(&mut report, interface);
    note_hostcalls(&mut report, interface);
    note_start(&mut report, interface);
    if interface.segments.at_zero {
        report.note(
            "takes address 0 for null, and data lies there: a hostcall that gets this address traps",
        );
    }
    for note in exports::never_called(interface, &calls(interface)) {
        report.note(note);
    }
    report
}

fn check_imports(report: &mut HostReport, interface: &Interface) {
    for import in &interface.imports {
        let name = import.full_name();
        let Kind::Function(wanted) = &import.kind else {
            report.add(Verdict::Refuses, format!("lets functions be imported only, not `{name}`"));
            continue;
        };
        match offered(import).map(signature) {
            Some(offered) if offered == *wanted => {}
            Some(offered) => report.add(
                Verdict::Refuses,
                format!("offers `{name}` as {offered}, and the module imports {wanted}"),
            ),
            None if import.module == "wasi_snapshot_preview1" => report.note(format!(
                "offers `{name}` only where NGINX was built with Wasmtime or Wasmer, not with V8"
            )),
            None => report.add(Verdict::Refuses, format!("does not offer `{name}`")),
        }
    }
}

fn check_exports(report: &mut HostReport, interface: &Interface) {
    let exported = |name: &str| interface.function(name).is_some();
    if marker(interface).is_none() {
        let markers: Vec<&str> = AbiVersion::ALL.iter().map(|abi| abi.marker()).collect();
        let markers = markers.join(", ");
        report.add(Verdict::Refuses, format!("finds no export {markers}: unknown ABI version"));
    }
    if !abi::ALLOCATORS.iter().any(|allocator| exported(allocator.name)) {
        report.add(Verdict::Refuses, "finds no malloc and no proxy_on_memory_allocate");
    }
    let missing = |names: &[&str]| {
        let missing: Vec<String> =
            names.iter().filter(|name| !exported(name)).map(|name| format!("`{name}`")).collect();
        (!missing.is_empty()).then(|| missing.join(", "))
    };
    if let Some(missing) = missing(&REQUIRED) {
        report.add(Verdict::Refuses, format!("insists on {missing}"));
    }
    if let Some(missing) = missing(&EVERY_REQUEST) {
        let when = "crashes at the first request that leads it to what is not exported";
        report.add(Verdict::Crashes, format!("{when}: {missing}"));
    }
    let imports = |name: &str| interface.imports.iter().any(|import| import.name == name);
    for (import, callback) in ANSWERS {
        if imports(import) && !exported(callback) {
            let when = format!("crashes when it answers `{import}`");
            report.add(Verdict::Crashes, format!("{when}: `{callback}` is not exported"));
        }
    }
    let abi = marker(interface).unwrap_or(AbiVersion::V0_2_1);
    let calls = calls(interface);
    let callbacks = abi::callbacks(abi).chain(abi::ALLOCATORS);
    for callback in callbacks.filter(|callback| calls.contains(&callback.name)) {
        let wanted = Signature::of_shape(callback);
        let Some(exported) = interface.function(callback.name) else { continue };
        if wanted != *exported {
            let name = callback.name;
            report.add(
                Verdict::Crashes,
                format!("calls `{name}` as {wanted}, whatever its type, which is {exported}"),
            );
        }
    }
}

fn note_hostcalls(report: &mut HostReport, interface: &Interface) {
    let imported = |does: Does| {
        let imports = interface.imports.iter().filter(|import| {
            offered(import)
                .is_some_and(|row| row.2 == does && import.kind == Kind::Function(signature(row)))
        });
        let names: Vec<String> = imports.map(|import| format!("`{}`", import.name)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(names) = imported(Does::Trap) {
        report.note(format!("ends the plugin when it calls {names}: not yet implemented there"));
    }
    if let Some(names) = imported(Does::Nothing) {
        report.note(format!("answers OK to {names}, and does nothing"));
    }
    if let Some(names) = addresses_without_memory(interface) {
        report.note(format!("crashes when {names} is called: the module exports no memory"));
    }
}

fn note_start(report: &mut HostReport, interface: &Interface) {
    if let Some(start) = start(interface)
        && interface.imports.iter().any(|import| import.module == "env")
    {
        report.note(format!("crashes if `{start}` makes a hostcall: there is no context yet"));
    }
}

/// What it offers under this name.
fn offered(import: &Imported) -> Option<&'static Row> {
    let rows = match import.module.as_str() {
        "env" => &ENV[..],
        "wasi_snapshot_preview1" => &WASI,
        _ => &[],
    };
    rows.iter().find(|(name, ..)| *name == import.name)
}

fn marker(interface: &Interface) -> Option<AbiVersion> {
    interface
        .exports
        .iter()
        .find_map(|export| AbiVersion::ALL.into_iter().find(|abi| abi.marker() == export.name))
}

fn start(interface: &Interface) -> Option<&'static str> {
    let starts = [abi::START.name, abi::INITIALIZE.name];
    interface.functions().find_map(|(name, _)| starts.into_iter().find(|start| *start == name))
}

/// What it calls if it is exported.
fn calls(interface: &Interface) -> Vec<&'static str> {
    let allocators = abi::ALLOCATORS.into_iter().map(|allocator| allocator.name);
    let allocator = { allocators }.find(|name| interface.function(name).is_some());
    let marker = marker(interface).map(AbiVersion::marker);
    let mut calls = Vec::from_iter(marker.into_iter().chain(allocator).chain(start(interface)));
    calls.extend(REQUIRED);
    calls.extend(EVERY_REQUEST);
    calls.extend(ANSWERS.map(|(_, callback)| callback));
    calls.push(TICK);
    calls
}
