//! Maps of HTTP fields.

use super::super::abi::{AbiVersion, Status};
use super::super::headers::Headers;
use super::super::known;
use super::super::pairs;
use super::{Call, Fail, Outcome};

const REQUEST_HEADERS: u32 = 0;
const RESPONSE_HEADERS: u32 = 2;
const LAST_MAP: u32 = 7;

/// The map, if it can be changed now.
pub(super) fn map<'a>(call: &'a mut Call<'_, '_>, map: u32) -> Result<&'a mut Headers, Status> {
    let stream = call.host().stream().ok_or(Status::BadArgument)?;
    let side = match map {
        REQUEST_HEADERS => &mut stream.request,
        RESPONSE_HEADERS => &mut stream.response,
        _ => return Err(Status::BadArgument),
    };
    if side.available {
        side.headers.as_mut().ok_or(Status::BadArgument)
    } else {
        Err(Status::BadArgument)
    }
}

/// The map, if it can be read now.
fn readable_map(call: &mut Call<'_, '_>, id: u32) -> Result<Headers, Status> {
    let logged = call.host().stream().and_then(|stream| stream.logged.as_ref());
    match (logged, id) {
        (None, _) => map(call, id).cloned(),
        (Some((request, _)), REQUEST_HEADERS) => Ok(request.clone()),
        (Some((_, response)), RESPONSE_HEADERS) => Ok(response.clone()),
        (Some(_), _) => Err(Status::NotFound),
    }
}

fn known_to_envoy(map: u32) -> &'static [&'static str] {
    if map == REQUEST_HEADERS { known::REQUEST } else { known::RESPONSE }
}

/// What is wrong with a map's number is wrong before its arguments are.
fn check_map(map: u32) -> Result<(), Status> {
    if map > LAST_MAP { Err(Status::BadArgument) } else { Ok(()) }
}

pub(super) fn get_header_map_value(
    call: &mut Call<'_, '_>,
    map: u32,
    name: u32,
    name_size: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    check_map(map)?;
    let name = call.read(name, name_size)?;
    let headers = readable_map(call, map)?;
    let value = match headers.get(name) {
        Some(value) => value,
        None if call.host().abi == AbiVersion::V0_1_0 => b"",
        None => return Err(Status::NotFound.into()),
    };
    call.give(value, data_out, size_out)
}

/// The map, and the name and the value that a hostcall writes to it.
fn field<'a>(
    call: &'a mut Call<'_, '_>,
    map_id: u32,
    (name, name_size): (u32, u32),
    (value, value_size): (u32, u32),
) -> Result<(&'a mut Headers, Vec<u8>, Vec<u8>), Fail> {
    check_map(map_id)?;
    let (name, value) = (call.read(name, name_size)?, call.read(value, value_size)?);
    Ok((map(call, map_id)?, name, value))
}

pub(super) fn add_header_map_value(
    call: &mut Call<'_, '_>,
    map_id: u32,
    name: u32,
    name_size: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let (map, name, value) = field(call, map_id, (name, name_size), (value, value_size))?;
    map.append(known_to_envoy(map_id), &name, &value);
    Ok(())
}

pub(super) fn replace_header_map_value(
    call: &mut Call<'_, '_>,
    map_id: u32,
    name: u32,
    name_size: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let (map, name, value) = field(call, map_id, (name, name_size), (value, value_size))?;
    map.replace(name, value);
    Ok(())
}

pub(super) fn remove_header_map_value(
    call: &mut Call<'_, '_>,
    map_id: u32,
    name: u32,
    name_size: u32,
) -> Outcome {
    check_map(map_id)?;
    let name = call.read(name, name_size)?;
    map(call, map_id)?.remove(name);
    Ok(())
}

/// A map that is not available is an empty one here.
pub(super) fn get_header_map_pairs(
    call: &mut Call<'_, '_>,
    map: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    check_map(map)?;
    let headers = readable_map(call, map).unwrap_or_default();
    call.give(&pairs::serialize(&headers), data_out, size_out)
}

pub(super) fn set_header_map_pairs(
    call: &mut Call<'_, '_>,
    map_id: u32,
    data: u32,
    size: u32,
) -> Outcome {
    check_map(map_id)?;
    let pairs = pairs::parse(&call.read(data, size)?);
    let headers = map(call, map_id)?;
    *headers = Headers::new();
    for (name, value) in pairs.iter() {
        headers.append(known_to_envoy(map_id), name, value);
    }
    Ok(())
}

pub(super) fn get_header_map_size(call: &mut Call<'_, '_>, map_id: u32, size_out: u32) -> Outcome {
    let size = map(call, map_id)?.byte_size();
    call.write_u32(size_out, size as u32)
}
