//! Plugins on Whit under hosts that answer with anything.

mod common;

use std::collections::BTreeSet;

use common::{module, root};
use whit_test::case::{Case, CaseFile};
use whit_test::{Error, Fault, PluginBuilder, Vm};

/// The first case of each filter and guest, with its module's path.
fn cases() -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for (from, to) in [("filters", "filters"), ("tests/guests", "guests")] {
        for entry in root().join(from).read_dir().expect("a folder") {
            let folder = entry.expect("an entry").path();
            let Ok(file) = CaseFile::read(folder.join("cases.toml")) else { continue };
            let name = folder.file_name().expect("a name").to_string_lossy();
            let path = format!("{to}/{name}.wasm");
            cases.extend(file.cases.into_iter().map(|case| (path.clone(), case)).take(1));
        }
    }
    assert!(cases.len() > 12, "there are filters and guests");
    cases
}

/// Whatever a hostcall answers, and also if it says OK and has done nothing, a plugin on Whit goes on.
#[test]
fn no_status_makes_a_plugin_trap() {
    for (path, case) in cases() {
        let vm = Vm::load(module(&path)).expect("a module");
        let (_, plugin) = vm.observe_with(&case, PluginBuilder::traced);
        let Ok(plugin) = plugin else { continue };
        let trace = plugin.take_trace();
        let names: BTreeSet<&str> = trace.hostcalls().map(|call| call.name).collect();
        for name in names {
            for status in [0, 1, 2, 6, 10, 77, u32::MAX] {
                let fault = Fault::hostcall(name, status);
                let what = format!("{path}: {name} answers {status}");
                let struck = check(&vm, &case, &fault, &what);
                assert!(struck.is_none_or(|struck| struck > 0), "{what}");
            }
        }
        for fault in [Fault::allocator_refuses(), Fault::memory_stops_growing()] {
            check(&vm, &case, &fault, &format!("{path}: {fault:?}"));
        }
    }
}

/// How often the fault has struck, if the plugin has started.
fn check(vm: &Vm, case: &Case, fault: &Fault, what: &str) -> Option<u64> {
    let (_, plugin) = vm.observe_with(case, |plugin| plugin.fault(fault.clone()));
    match plugin {
        Ok(plugin) => {
            assert_eq!(plugin.errors(), [""; 0], "{what}");
            Some(plugin.faults().struck())
        }
        Err(Error::Refused(refusal)) => {
            let trap = refusal.log().iter().any(|line| line.contains("failed: Uncaught"));
            assert!(!trap, "{what}: {refusal}");
            None
        }
        Err(error) => panic!("{what}: {error}"),
    }
}
