//! Shared queues.

use super::{Call, Outcome};

pub(super) fn register_shared_queue(
    call: &mut Call<'_, '_>,
    name: u32,
    name_size: u32,
    id_out: u32,
) -> Outcome {
    let name = call.read(name, name_size)?;
    let host = call.host();
    let context_id = host.plugin_context_id();
    let registrant = host.place.map(|guest| (guest, context_id));
    let vm_id = host.setup.vm_id.clone();
    let token = {
        let mut shared = host.shared();
        let shared = &mut *shared;
        shared.queues.register(&vm_id, name, registrant, &mut shared.kept)?
    };
    call.write_u32(id_out, token)
}

pub(super) fn resolve_shared_queue(
    call: &mut Call<'_, '_>,
    vm: u32,
    vm_size: u32,
    name: u32,
    name_size: u32,
    id_out: u32,
) -> Outcome {
    let vm_id = call.read(vm, vm_size)?;
    let name = call.read(name, name_size)?;
    let host = call.host();
    let vm_id = if vm_id.is_empty() {
        host.setup.vm_id.clone()
    } else {
        String::from_utf8_lossy(&vm_id).into_owned()
    };
    let token = host.shared().queues.resolve(&vm_id, name)?;
    call.write_u32(id_out, token)
}

pub(super) fn dequeue_shared_queue(
    call: &mut Call<'_, '_>,
    id: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    let message = {
        let mut shared = call.host().shared();
        let shared = &mut *shared;
        shared.queues.dequeue(id, &mut shared.kept)?
    };
    call.give(&message, data_out, size_out)
}

pub(super) fn enqueue_shared_queue(
    call: &mut Call<'_, '_>,
    id: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let message = call.read(value, value_size)?;
    let mut shared = call.host().shared();
    let shared = &mut *shared;
    shared.queues.enqueue(id, message, &mut shared.kept)
}
