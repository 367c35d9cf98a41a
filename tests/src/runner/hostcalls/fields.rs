//! Maps of HTTP fields.

use super::super::abi::{AbiVersion, Status};
use super::super::context::Side;
use super::super::headers::Headers;
use super::super::known;
use super::super::pairs;
use super::{Call, Fail, Outcome};

const REQUEST_HEADERS: u32 = 0;
const REQUEST_TRAILERS: u32 = 1;
const RESPONSE_HEADERS: u32 = 2;
const RESPONSE_TRAILERS: u32 = 3;
const GRPC_INITIAL: u32 = 4;
const GRPC_TRAILING: u32 = 5;
const CALL_HEADERS: u32 = 6;
const CALL_TRAILERS: u32 = 7;
const LAST_MAP: u32 = CALL_TRAILERS;

/// Does something with the map, if it can be changed now. In the callback of a body's end that adds
/// trailers that are not there.
fn with_map<T>(
    call: &mut Call<'_, '_>,
    map: u32,
    act: impl FnOnce(&mut Headers) -> T,
) -> Result<T, Fail> {
    reach(call, map, true, act)
}

fn trailers<'a>(
    side: &Side,
    trailers: &'a mut Option<Headers>,
    adds: bool,
) -> Option<&'a mut Headers> {
    if side.adds_trailers && adds && trailers.is_none() {
        *trailers = Some(Headers::new());
    }
    trailers.as_mut().filter(|_| side.trailers || side.adds_trailers)
}

fn reach<T>(
    call: &mut Call<'_, '_>,
    map: u32,
    adds: bool,
    act: impl FnOnce(&mut Headers) -> T,
) -> Result<T, Fail> {
    let http = call.host().http().ok_or(Status::BadArgument)?;
    let mut messages = http.messages.borrow_mut();
    let headers = match map {
        REQUEST_HEADERS if http.request.headers => messages.request.headers.as_mut(),
        RESPONSE_HEADERS if http.response.headers => messages.response.headers.as_mut(),
        REQUEST_TRAILERS => trailers(&http.request, &mut messages.request.trailers, adds),
        RESPONSE_TRAILERS => trailers(&http.response, &mut messages.response.trailers, adds),
        _ => None,
    };
    let headers = headers.ok_or(Status::BadArgument)?;
    // They are looked through.
    let fields = headers.len() as u64;
    let done = act(headers);
    drop(messages);
    call.charge(fields)?;
    Ok(done)
}

/// Looks into the map, if it can be read now.
fn read<T>(call: &mut Call<'_, '_>, id: u32, look: impl FnOnce(&Headers) -> T) -> Result<T, Fail> {
    let of_call = call.host().plugin_context().and_then(|context| {
        let answer = context.answer.as_ref();
        match id {
            GRPC_INITIAL => context.grpc.initial.as_ref(),
            GRPC_TRAILING => context.grpc.trailing.as_ref(),
            CALL_HEADERS => answer.map(|answer| &answer.headers),
            CALL_TRAILERS => answer.and_then(|answer| answer.trailers.as_ref()),
            _ => None,
        }
    });
    if let Some(map) = of_call {
        let (fields, looked) = (map.len() as u64, look(map));
        call.charge(fields)?;
        return Ok(looked);
    }
    let logged = call.host().http().filter(|http| http.logging);
    let Some(http) = logged else { return reach(call, id, false, |headers| look(headers)) };
    let messages = http.messages.borrow();
    let headers = match id {
        REQUEST_HEADERS => &messages.request.headers,
        RESPONSE_HEADERS => &messages.response.headers,
        RESPONSE_TRAILERS => &messages.response.trailers,
        _ => return Err(Status::NotFound.into()),
    };
    let headers = headers.as_ref().ok_or(Status::NotFound)?;
    let (fields, looked) = (headers.len() as u64, look(headers));
    drop(messages);
    call.charge(fields)?;
    Ok(looked)
}

fn known_to_envoy(map: u32) -> &'static [&'static str] {
    match map {
        REQUEST_HEADERS => known::REQUEST,
        RESPONSE_HEADERS => known::RESPONSE,
        RESPONSE_TRAILERS => known::RESPONSE_TRAILERS,
        _ => &[],
    }
}

/// The name by which a map holds this one. Google's plugin tester knows no other names.
fn held(call: &mut Call<'_, '_>, map: u32, name: Vec<u8>) -> Vec<u8> {
    let tests = call.host().http().is_some_and(|http| http.tester.is_some());
    if map == REQUEST_HEADERS && !tests { known::request_name(&name).to_owned() } else { name }
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
    let name = held(call, map, name);
    let found = match read(call, map, |headers| headers.get(name).map(<[u8]>::to_vec)) {
        Err(Fail::Status(Status::NotFound)) => None,
        found => found?,
    };
    let value = match found {
        Some(value) => value,
        None if call.host().abi == AbiVersion::V0_1_0 => Vec::new(),
        None => return Err(Status::NotFound.into()),
    };
    call.give(&value, data_out, size_out)
}

/// The name and the value that a hostcall writes to a map.
fn field(
    call: &mut Call<'_, '_>,
    map_id: u32,
    (name, name_size): (u32, u32),
    (value, value_size): (u32, u32),
) -> Result<(Vec<u8>, Vec<u8>), Fail> {
    check_map(map_id)?;
    let (name, value) = (call.read(name, name_size)?, call.read(value, value_size)?);
    Ok((held(call, map_id, name), value))
}

pub(super) fn add_header_map_value(
    call: &mut Call<'_, '_>,
    map_id: u32,
    name: u32,
    name_size: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let (name, value) = field(call, map_id, (name, name_size), (value, value_size))?;
    with_map(call, map_id, |map| map.append(known_to_envoy(map_id), &name, &value))
}

pub(super) fn replace_header_map_value(
    call: &mut Call<'_, '_>,
    map_id: u32,
    name: u32,
    name_size: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let (name, value) = field(call, map_id, (name, name_size), (value, value_size))?;
    with_map(call, map_id, |map| map.replace(name, value))
}

pub(super) fn remove_header_map_value(
    call: &mut Call<'_, '_>,
    map_id: u32,
    name: u32,
    name_size: u32,
) -> Outcome {
    check_map(map_id)?;
    let name = call.read(name, name_size)?;
    let name = held(call, map_id, name);
    with_map(call, map_id, |map| map.remove(name))
}

/// A map that is not available is an empty one here.
pub(super) fn get_header_map_pairs(
    call: &mut Call<'_, '_>,
    map: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    check_map(map)?;
    let pairs = match read(call, map, pairs::serialize) {
        Err(Fail::Status(_)) => Vec::new(),
        pairs => pairs?,
    };
    call.give(&pairs, data_out, size_out)
}

pub(super) fn set_header_map_pairs(
    call: &mut Call<'_, '_>,
    map_id: u32,
    data: u32,
    size: u32,
) -> Outcome {
    check_map(map_id)?;
    let bytes = call.read(data, size)?;
    let held =
        |(name, value): (&[u8], &[u8])| (held(call, map_id, name.to_owned()), value.to_owned());
    let pairs: Vec<_> = pairs::parse_spelled(&bytes).into_iter().map(held).collect();
    with_map(call, map_id, |headers| {
        headers.clear();
        for (name, value) in pairs {
            headers.append(known_to_envoy(map_id), &name, &value);
        }
    })
}

pub(super) fn get_header_map_size(call: &mut Call<'_, '_>, map_id: u32, size_out: u32) -> Outcome {
    let size = with_map(call, map_id, |headers| headers.size())?;
    call.write_u32(size_out, size as u32)
}
