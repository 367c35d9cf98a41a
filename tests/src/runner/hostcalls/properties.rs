//! Properties.

use super::super::abi::Status;
use super::super::properties;
use super::{Call, Outcome};

pub(super) fn set_property(
    call: &mut Call<'_, '_>,
    path: u32,
    path_size: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let (path, value) = (call.read(path, path_size)?, call.read(value, value_size)?);
    let info = call.host().info().ok_or(Status::NotFound)?;
    let set = info.borrow_mut().set([b"wasm.", &path[..]].concat(), value);
    Ok(set?)
}

pub(super) fn get_property(
    call: &mut Call<'_, '_>,
    path: u32,
    path_size: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    let path = call.read(path, path_size)?;
    let value = properties::find(call.host(), &path)?;
    call.give(&value, data_out, size_out)
}
