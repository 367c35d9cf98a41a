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
    let key = call.read(key, key_size)?;
    let (value, cas) = call.host().shared_data.get(&key).cloned().ok_or(Status::NotFound)?;
    call.give(&value, data_out, size_out)?;
    Ok(call.write_u32(cas_out, cas)?)
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
    let host = call.host();
    if let Some((_, current)) = host.shared_data.get(&key)
        && cas != 0
        && cas != *current
    {
        return Err(Status::CasMismatch.into());
    }
    host.shared_data.insert(key, (value, host.next_cas));
    host.next_cas += 1;
    Ok(())
}

pub(super) fn define_metric(
    call: &mut Call<'_, '_>,
    metric_type: u32,
    name: u32,
    name_size: u32,
    id_out: u32,
) -> Outcome {
    call.read(name, name_size)?;
    let id = call.host().metrics.define(metric_type).ok_or(Status::BadArgument)?;
    Ok(call.write_u32(id_out, id)?)
}

pub(super) fn increment_metric(call: &mut Call<'_, '_>, id: u32, offset: i64) -> Outcome {
    match call.host().metrics.increment(id, offset) {
        Some(true) => Ok(()),
        Some(false) => Err(Status::BadArgument.into()),
        None => Err(Status::NotFound.into()),
    }
}

pub(super) fn record_metric(call: &mut Call<'_, '_>, id: u32, value: u64) -> Outcome {
    Ok(call.host().metrics.record(id, value).ok_or(Status::NotFound)?)
}

pub(super) fn get_metric(call: &mut Call<'_, '_>, id: u32, value_out: u32) -> Outcome {
    let value = call.host().metrics.get(id).ok_or(Status::NotFound)?;
    Ok(call.write_u64(value_out, value.ok_or(Status::BadArgument)?)?)
}
