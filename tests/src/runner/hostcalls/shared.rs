//! Shared data and metrics.

use super::super::abi::Status;
use super::{Call, Outcome};

pub(super) fn get_shared_data(
    call: &mut Call<'_, '_>,
    key: u32,
    key_size: u32,
    data_out: u32,
    size_out: u32,
    cas_out: u32,
) -> Outcome {
    let key = (call.host().setup.vm_id.clone(), call.read(key, key_size)?);
    let (value, cas) = call.host().shared().data.get(&key).cloned().ok_or(Status::NotFound)?;
    call.give(&value, data_out, size_out)?;
    call.write_u32(cas_out, cas)
}

/// A `cas` of 0 always wins, and one for a key that is absent is not compared.
pub(super) fn set_shared_data(
    call: &mut Call<'_, '_>,
    key: u32,
    key_size: u32,
    value: u32,
    value_size: u32,
    cas: u32,
) -> Outcome {
    let (key, value) = (call.read(key, key_size)?, call.read(value, value_size)?);
    let key = (call.host().setup.vm_id.clone(), key);
    let mut shared = call.host().shared();
    let shared = &mut *shared;
    let old = shared.data.get(&key);
    if old.is_some_and(|(_, current)| cas != 0 && cas != *current) {
        return Err(Status::CasMismatch.into());
    }
    let size = |value: &Vec<u8>| key.1.len() + value.len();
    shared.kept.replace(old.map(|(old, _)| size(old)), size(&value))?;
    shared.last_cas += 1;
    shared.data.insert(key, (value, shared.last_cas));
    Ok(())
}

pub(super) fn define_metric(
    call: &mut Call<'_, '_>,
    metric_type: u32,
    name: u32,
    name_size: u32,
    id_out: u32,
) -> Outcome {
    let name = call.read(name, name_size)?;
    let id = {
        let mut shared = call.host().shared();
        let shared = &mut *shared;
        shared.metrics.define(metric_type, name, &mut shared.kept)?
    };
    let host = call.host();
    let id = host.metrics.add(id, &mut host.kept)?;
    call.write_u32(id_out, id)
}

pub(super) fn increment_metric(call: &mut Call<'_, '_>, id: u32, offset: i64) -> Outcome {
    let host = call.host();
    let id = host.metrics.of_process(id);
    Ok(host.shared().metrics.increment(id, offset)?)
}

pub(super) fn record_metric(call: &mut Call<'_, '_>, id: u32, value: u64) -> Outcome {
    let host = call.host();
    let id = host.metrics.of_process(id);
    Ok(host.shared().metrics.record(id, value)?)
}

pub(super) fn get_metric(call: &mut Call<'_, '_>, id: u32, value_out: u32) -> Outcome {
    let host = call.host();
    let id = host.metrics.of_process(id);
    let value = host.shared().metrics.get(id)?;
    call.write_u64(value_out, value)
}
