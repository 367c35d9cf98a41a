//! What whit-test itself takes, beside a host as proxy-wasm/test-framework is one.

mod framework;

use framework::Tester;
use whit_test::{Answer, Request, Vm};

use super::Subject;
use super::figures::{Group, Unit};
use super::rounds::{self, Contender};

/// How many plugins are started in a round.
const STARTS: u32 = 10;
/// How many requests there are in a round.
const REQUESTS: u32 = 200;

const OURS: &str = "whit-test";
const THEIRS: &str = "as test-framework";

pub(crate) fn measure(subjects: &[Subject], count: usize) -> Result<Vec<Group>, String> {
    let (mut starts, mut requests) = (Vec::new(), Vec::new());
    for subject in subjects {
        let said = |error: &dyn std::fmt::Display| subject.said(error);
        let (module, vm) = (subject.module()?, subject.vm()?);
        vm.plugin().start().map_err(|error| said(&error))?;
        Tester::start(&module).map_err(|error| said(&error))?;
        let of = format!("{}, from the module's bytes", subject.filter);
        // Envoy's base, its canary, and those of its main thread and of a worker.
        let (vms, bytes) = (a_second(4), module.clone());
        starts.push(Contender::new(&of, OURS, vms, move || {
            drop(Vm::new(&bytes).and_then(|vm| vm.plugin().start()));
        }));
        let bytes = module.clone();
        starts.push(Contender::new(&of, THEIRS, a_second(1), move || drop(Tester::start(&bytes))));
        let of = format!("{}, compiled before", subject.filter);
        let compiled = vm.clone();
        starts.push(Contender::new(&of, OURS, a_second(4 * STARTS), move || {
            (0..STARTS).for_each(|_| drop(compiled.plugin().start()));
        }));

        let (request, answer) = (Request::get("/"), Answer::direct(200, "hello world\n"));
        let traced = vm.plugin().traced().start().map_err(|error| said(&error))?;
        traced.take_trace();
        traced.exchange(&request, &answer);
        let trace = traced.take_trace();
        let callbacks = trace.callbacks.len() as u32;
        let hostcalls = trace.hostcalls().count();
        let of = format!("{}: {callbacks} callbacks, {hostcalls} hostcalls", subject.filter);
        let plugin = vm.plugin().start().map_err(|error| said(&error))?;
        requests.push(Contender::new(&of, OURS, a_second(callbacks * REQUESTS), move || {
            for _ in 0..REQUESTS {
                plugin.exchange(&request, &answer);
            }
            // It would grow.
            plugin.take_log();
        }));
        let mut tester = Tester::start(&module).map_err(|error| said(&error))?;
        tester.request(&trace).map_err(|error| said(&error))?;
        requests.push(Contender::new(&of, THEIRS, a_second(callbacks * REQUESTS), move || {
            for _ in 0..REQUESTS {
                // It has succeeded once.
                drop(tester.request(&trace));
            }
        }));
    }
    let starts = rounds::run(Group::new("VMs started a second", Unit::ASecond), starts, count);
    let requests = rounds::run(Group::new("callbacks a second", Unit::ASecond), requests, count);
    Ok(vec![starts, requests])
}

/// How many there are a second, if a round has so many.
fn a_second(times: u32) -> impl Fn(f64) -> f64 {
    move |nanoseconds| f64::from(times) * 1e9 / nanoseconds
}
