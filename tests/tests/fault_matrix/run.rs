//! Runs the cases of a filter, each with one fault or none.

use whit_test::case::{Case, CaseFile, Kind, Observed};
use whit_test::trace::{Callback, Hostcall, Trace};
use whit_test::{Answer, Error, Fault, Plugin, Request, Vm};

use super::classes;
use super::common::{module, root};
use super::effects::{Effect, Shown};
use super::filters::{self, EXCEPTIONS};

const INTERNAL_FAILURE: u32 = 10;

/// Where a fault has struck, if it had the effect that it was to have.
pub enum Struck {
    Nowhere,
    Somewhere,
    /// Where this exception holds.
    Excepted(usize),
}

/// A filter with its cases.
pub struct Filter {
    pub name: String,
    pub vm: Vm,
    pub cases: Vec<Case>,
}

/// What came of a case.
pub struct Run {
    pub observed: Observed,
    pub trace: Trace,
    /// How often the fault has struck in the VM that serves.
    pub struck: u64,
    /// The status of one request more, without a fault.
    pub next: Option<u16>,
}

impl Filter {
    pub fn load(name: &str) -> Self {
        let file = CaseFile::read(root().join(format!("filters/{name}/cases.toml")));
        let vm = Vm::load(module(&format!("filters/{name}.wasm"))).expect("a module");
        // A fault is counted in one VM, of one plugin, that may do all it likes.
        let alone = |case: &Case| case.plugins.is_empty() && case.capabilities.is_none();
        let cases = file.expect("a case file").cases.into_iter().filter(alone).collect();
        Self { name: name.to_owned(), vm, cases }
    }

    /// Runs a case, and then one stream more. `Err` says what no fault may bring about.
    pub fn run(&self, case: &Case, fault: Option<&Fault>) -> Result<Run, String> {
        let (mut observed, plugin) = self.vm.observe_with(case, |plugin| {
            fault.iter().fold(plugin.traced(), |plugin, fault| plugin.fault((*fault).clone()))
        });
        match plugin {
            Ok(plugin) => {
                let (trace, struck) = (plugin.take_trace(), plugin.faults().struck());
                plugin.faults().clear();
                let next = next(&plugin, case);
                match plugin.errors().as_slice() {
                    [] => Ok(Run { observed, trace, struck, next }),
                    errors => Err(errors.join("; ")),
                }
            }
            Err(Error::Refused(refusal)) => {
                let lines = refusal.log();
                if let Some(trap) = lines.iter().find(|line| line.contains(" failed: ")) {
                    return Err(trap.clone());
                }
                let trace = refusal.trace().cloned().unwrap_or_default();
                observed.errors.clear();
                Ok(Run { observed, trace, struck: 1, next: None })
            }
            Err(error) => panic!("{}: {error}", case.name),
        }
    }

    /// Whether a fault has struck, and had the effect that the tables say; with the exception that held. `Err` says
    /// what it had instead.
    pub fn check(&self, before: &Run, case: &Case, fault: &Fault) -> Result<Struck, String> {
        let wrong = |what: &str| format!("{}, {:?}: {fault:?}: {what}", self.name, case.name);
        let after = self.run(case, Some(fault)).map_err(|trap| wrong(&trap))?;
        let Some((callback, hostcall)) = struck(&after.trace) else {
            // A memory that does not grow, for the plugin itself.
            return Ok(if after.struck > 0 { Struck::Somewhere } else { Struck::Nowhere });
        };
        let Some(status) = hostcall.status() else { return Err(wrong("the plugin is stopped")) };
        // The SDK makes one status of all of WASI's.
        let is_wasi = !hostcall.name.starts_with("proxy_") && status != 0;
        let status = if is_wasi { INTERNAL_FAILURE } else { status };
        let Some(mut effect) = classes::effect(callback.name, hostcall.name, status) else {
            return Ok(Struck::Somewhere);
        };
        let exception = filters::exception(&self.name, callback.name, hostcall.name);
        let exception = exception.filter(|_| effect == Effect::LetOut);
        if let Some(place) = exception {
            effect = EXCEPTIONS[place].effect;
        }
        let shown = Shown { observed: &after.observed, callback: callback.name, status };
        if !effect.is_of(&before.observed, &shown) {
            return Err(wrong(&format!(
                "in {}, {} ({}) answers {status}: expected {effect:?}; it was \"{}\", and is \"{}\"",
                callback.name,
                hostcall.name,
                classes::of(hostcall.name).what,
                before.observed,
                after.observed
            )));
        }
        if after.observed.refused.is_none() && after.next.is_some() != before.next.is_some() {
            return Err(wrong(&format!("the next is {:?}, not {:?}", after.next, before.next)));
        }
        Ok(exception.map_or(Struck::Somewhere, Struck::Excepted))
    }
}

/// One stream more.
fn next(plugin: &Plugin, case: &Case) -> Option<u16> {
    match case.kind {
        Kind::Http => {
            let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
            exchange.response.and_then(|response| response.status())
        }
        Kind::Tcp => {
            plugin.tcp("192.0.2.1:1", "a").reset();
            None
        }
        Kind::Background => None,
    }
}

/// Where a fault has struck.
fn struck(trace: &Trace) -> Option<(&Callback, &Hostcall)> {
    let mut calls = trace
        .callbacks
        .iter()
        .flat_map(|callback| callback.hostcalls.iter().map(move |hostcall| (callback, hostcall)));
    calls.find(|(_, hostcall)| {
        hostcall.faulty || hostcall.callbacks.iter().any(|allocation| allocation.faulty)
    })
}
