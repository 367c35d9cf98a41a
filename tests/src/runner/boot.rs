//! Booting plugins, in Envoy's order.

use std::sync::Arc;

use super::code::SharedCode;
use super::context::Context;
use super::error::Refusal;
use super::guest::Guest;
use super::host::{Setup, Surroundings, VM_CONTEXT};
use super::rig::Rig;
use super::worker::Worker;
use crate::refusal::VM_FAILED;

/// Starts a plugin in a VM of its own, or in one that serves already. Returns its guest and its
/// plugin context.
pub(crate) fn start(
    worker: &mut Worker,
    code: &SharedCode,
    setup: &Arc<Setup>,
    vm: Option<usize>,
    background: bool,
    rig: &Rig,
) -> Result<(usize, u32), Refusal> {
    let initialize =
        |surroundings: &Surroundings| Guest::initialize(code, setup, surroundings, rig);
    // What the other VMs log is not the serving one's.
    let aside = Surroundings { log: Default::default(), ..worker.surroundings.clone() };
    match vm {
        None => drop(initialize(&aside)?),
        Some(guest) => {
            // Plugins that are alike are one.
            let contexts = &worker.guests[guest].store.data().contexts;
            let alike = contexts.iter().find(|(id, context)| {
                **id != VM_CONTEXT && context.parent == VM_CONTEXT && context.setup == *setup
            });
            let alike = alike.map(|(id, _)| *id);
            let main = worker.mains.get(&guest).copied().filter(|main| *main != guest);
            for vm in main.into_iter().chain([guest]) {
                worker.guests[vm].equip(rig);
            }
            if let Some(id) = alike {
                return Ok((guest, id));
            }
        }
    }
    let mut canary = Worker::new(aside.clone());
    canary.guests.push(initialize(&aside)?);
    start_in(&mut canary, 0, setup, "base")?;
    let add = |worker: &mut Worker, surroundings: &Surroundings| -> Result<usize, Refusal> {
        let mut guest = initialize(surroundings)?;
        let place = worker.guests.len();
        guest.store.data_mut().place = Some(place);
        worker.guests.push(guest);
        Ok(place)
    };
    // Envoy runs a filter in its main thread as well, though no traffic comes there.
    if !background {
        let main = match vm {
            None => add(worker, &aside)?,
            Some(guest) => worker.mains.get(&guest).copied().unwrap_or(guest),
        };
        start_in(worker, main, setup, "thread-local")?;
        let surroundings = worker.surroundings.clone();
        let guest = match vm {
            None => add(worker, &surroundings)?,
            Some(guest) => guest,
        };
        worker.mains.insert(guest, main);
        return Ok((guest, start_in(worker, guest, setup, "thread-local")?));
    }
    let surroundings = worker.surroundings.clone();
    let guest = match vm {
        None => add(worker, &surroundings)?,
        Some(guest) => guest,
    };
    Ok((guest, start_in(worker, guest, setup, "thread-local")?))
}

/// `stage` is the word with which Envoy says which of its VMs fails.
pub(super) fn start_in(
    worker: &mut Worker,
    guest: usize,
    setup: &Arc<Setup>,
    stage: &str,
) -> Result<u32, Refusal> {
    let id = worker.guests[guest].store.data_mut().create_context(Context::plugin(setup));
    let exports = |worker: &Worker, name: &str| worker.guests[guest].exports(name);
    let refuse = |worker: &mut Worker, what: &str, callback: &str| {
        let guest = &mut worker.guests[guest];
        let guest_log = guest.store.data().logged();
        let mut log = std::mem::take(&mut guest.store.data_mut().errors);
        let help = log.is_empty().then(|| format!("{callback} returned 0"));
        log.push(format!("{VM_FAILED}Failed to {what}"));
        Refusal { log, guest_log, help, trace: guest.take_trace() }
    };
    let configuring = |worker: &mut Worker, configuring: bool| {
        if let Some(context) = worker.context(guest, id) {
            context.configuring = configuring;
        }
    };
    // A trap answers 0.
    let accepts = |worker: &mut Worker, name: &'static str, size: usize| {
        worker.guests[guest].call(id, name, &[id, size as u32]).unwrap_or(0) != 0
    };

    configuring(worker, true);
    worker.enter(guest, id, "proxy_on_context_create", &[id, 0]);
    configuring(worker, false);
    // In a VM that a trap has just killed as well.
    let name = "proxy_on_vm_start";
    if exports(worker, name) && !accepts(worker, name, setup.vm_configuration.len()) {
        return Err(refuse(worker, &format!("start {stage} Wasm"), name));
    }
    worker.run_deferred(guest);

    let name = "proxy_on_configure";
    configuring(worker, true);
    if !worker.guests[guest].failed()
        && exports(worker, name)
        && !accepts(worker, name, setup.plugin_configuration.len())
    {
        return Err(refuse(worker, &format!("configure {stage} Wasm plugin"), name));
    }
    configuring(worker, false);
    worker.run_deferred(guest);
    Ok(id)
}
