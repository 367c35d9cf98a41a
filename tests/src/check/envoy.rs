//! What Envoy would say: its refusal is the runner's, and notes are about what it would not say.

use super::exports;
use super::host::{Host, HostReport, Verdict};
use crate::AbiVersion;
use crate::Refusal;
use crate::runner::abi;
use crate::runner::code::{Functions, Interface, Loaded};

/// Imports whose answer is a callback.
const ANSWERED: [(&str, &str); 4] = [
    ("proxy_http_call", "proxy_on_http_call_response"),
    ("proxy_grpc_call", "proxy_on_grpc_receive"),
    ("proxy_grpc_stream", "proxy_on_grpc_receive"),
    ("proxy_set_tick_period_milliseconds", "proxy_on_tick"),
];

/// The hostcalls of Proxy-Wasm that take no address.
const WITHOUT_ADDRESS: [&str; 12] = [
    "proxy_done",
    "proxy_set_tick_period_milliseconds",
    "proxy_set_effective_context",
    "proxy_increment_metric",
    "proxy_record_metric",
    "proxy_continue_stream",
    "proxy_close_stream",
    "proxy_continue_request",
    "proxy_continue_response",
    "proxy_clear_route_cache",
    "proxy_grpc_close",
    "proxy_grpc_cancel",
];

pub(super) fn report(
    loaded: &Result<Loaded, Refusal>,
    interface: Option<&Interface>,
) -> HostReport {
    let mut report = HostReport::new(Host::Envoy);
    let refusals = match loaded {
        Ok(loaded) => loaded.refusals().collect(),
        Err(refusal) => vec![refusal.clone()],
    };
    // Envoy says the first; who mends that one would hear of the next.
    report.log = refusals.first().map(|first| first.log().to_vec()).unwrap_or_default();
    for refusal in refusals {
        report.add(Verdict::Refuses, refusal.to_string());
    }
    let Some(interface) = interface else { return report };
    let abi = loaded.as_ref().map_or(AbiVersion::V0_2_1, |loaded| loaded.abi);
    for note in exports::never_called(interface, &calls(interface, abi)) {
        report.note(note);
    }
    for (import, callback) in ANSWERED {
        if imports(interface).any(|name| name == import) && interface.function(callback).is_none() {
            report.note(format!("drops what comes of `{import}`: `{callback}` is not exported"));
        }
    }
    if let Some(names) = addresses_without_memory(interface) {
        report.note(format!("crashes when {names} is called: the module exports no memory"));
    }
    report
}

/// What it looks for among the exports, if it is there.
fn calls(interface: &Interface, abi: AbiVersion) -> Vec<&'static str> {
    let functions = Functions::of(interface, abi, |_| true);
    let mut calls = vec![abi.marker()];
    calls.extend(functions.names());
    calls.extend(functions.mistyped);
    calls.extend(abi::callbacks(abi).map(|callback| callback.name));
    calls
}

/// The names of the Proxy-Wasm functions that it imports.
pub(super) fn imports(interface: &Interface) -> impl Iterator<Item = &str> {
    let env = interface.imports.iter().filter(|import| import.module == "env");
    env.map(|import| import.name.as_str())
}

/// The hostcalls that take an address, of a module without a memory; `None` if it has one, or no such
/// import.
pub(super) fn addresses_without_memory(interface: &Interface) -> Option<String> {
    let names: Vec<String> = imports(interface)
        .filter(|name| name.starts_with("proxy_") && !WITHOUT_ADDRESS.contains(name))
        .map(|name| format!("`{name}`"))
        .collect();
    (!interface.shows_memory() && !names.is_empty()).then(|| names.join(" or "))
}
