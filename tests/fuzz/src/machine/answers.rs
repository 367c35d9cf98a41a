//! What the host answers to a call.

use wasmtime::{Caller, Error, Extern, Val};

use super::host::Host;
use super::{feedback, words};
use crate::hostcalls::Part;
use crate::targets::maps;

type Result<T> = std::result::Result<T, Error>;

/// How a call is answered.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
enum How {
    /// As a host does.
    Well,
    /// With a status and nothing else; 0 as well.
    Only(u32),
    /// With all that is asked for, and a status that says that it is not there.
    Although(u32),
    /// With sizes and addresses that are none.
    Lying,
}

/// The hostcall's parameters, and what is done about each.
pub(super) fn answer(
    mut caller: Caller<'_, Host>,
    name: &'static str,
    parts: &[Part],
    args: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let words: Vec<u32> = args.iter().map(word).collect();
    let mut at = 0;
    let places: Vec<(Part, &[u32])> = parts
        .iter()
        .map(|part| {
            at += part.count();
            (*part, &words[at - part.count()..at])
        })
        .collect();
    for (part, place) in &places {
        check(&mut caller, name, *part, place)?;
    }
    let how = how(caller.data_mut());
    feedback::note((name, how, words.first()));
    within(&mut caller)?;
    if !matches!(how, How::Only(_)) {
        for (part, place) in &places {
            give(&mut caller, name, *part, place, &words, how)?;
        }
    }
    let status = match how {
        How::Well | How::Lying => 0,
        How::Only(status) | How::Although(status) => status,
    };
    if let Some(result) = results.first_mut() {
        *result = Val::I32(status.cast_signed());
    }
    Ok(())
}

fn word(arg: &Val) -> u32 {
    match arg {
        Val::I32(word) => word.cast_unsigned(),
        Val::I64(word) => *word as u32,
        _ => 0,
    }
}

fn how(host: &mut Host) -> How {
    const NOT_FOUND: u32 = 1;
    if host.is_honest {
        return How::Well;
    }
    // No body and no queue is endless.
    if host.is_over() {
        return How::Only(NOT_FOUND);
    }
    host.take(|input| match input.byte() {
        0..=199 => How::Well,
        200..=229 => How::Only(input.one(&words::STATUSES)),
        230..=236 => How::Only(0),
        237..=246 => How::Although(input.one(&words::STATUSES)),
        _ => How::Lying,
    })
}

/// What the plugin hands over is in its memory, and splits nothing.
fn check(caller: &mut Caller<'_, Host>, name: &str, part: Part, place: &[u32]) -> Result<()> {
    if !matches!(part, Part::Bytes | Part::Field | Part::Map | Part::Room) {
        return Ok(());
    }
    let &[address, size] = place else { return Ok(()) };
    let bytes = read(caller, address, size)
        .ok_or_else(|| Error::msg(format!("{name}: {size} bytes at {address}")))?;
    let splits = |bytes: &[u8]| bytes.iter().any(|byte| b"\r\n\0".contains(byte));
    let harmful = match part {
        Part::Field => splits(&bytes),
        Part::Map => match maps::slowly(&bytes) {
            Some(map) => map.iter().any(|(name, value)| splits(name) || splits(value)),
            None => true,
        },
        _ => false,
    };
    if harmful { Err(Error::msg(format!("{name}: {}", bytes.escape_ascii()))) } else { Ok(()) }
}

/// Sometimes the host calls the plugin while it makes a hostcall.
fn within(caller: &mut Caller<'_, Host>) -> Result<()> {
    let host = caller.data_mut();
    if host.is_honest || host.is_nested || host.take(|input| input.byte()) < 248 {
        return Ok(());
    }
    let names = [
        "proxy_on_request_headers",
        "proxy_on_log",
        "proxy_on_delete",
        "proxy_on_tick",
        "proxy_on_http_call_response",
    ];
    let (name, context) = host.take(|input| (input.one(&names), input.one(&words::CONTEXTS)));
    let Some(function) = caller.get_export(name).and_then(Extern::into_func) else { return Ok(()) };
    let ty = function.ty(&caller);
    let mut args = vec![Val::I32(context.cast_signed())];
    args.resize(ty.params().len(), Val::I32(1));
    let mut results = vec![Val::I32(0); ty.results().len()];
    caller.data_mut().is_nested = true;
    let called = function.call(&mut *caller, &args, &mut results);
    caller.data_mut().is_nested = false;
    called
}

/// Writes what is asked for.
fn give(
    caller: &mut Caller<'_, Host>,
    name: &str,
    part: Part,
    place: &[u32],
    args: &[u32],
    how: How,
) -> Result<()> {
    match part {
        Part::Word => {
            let word = word_of(caller.data_mut(), name);
            write(caller, place[0], &word.to_le_bytes())
        }
        Part::LongWord => {
            let host = caller.data_mut();
            let long = if host.is_honest { 1_767_225_600 << 30 } else { host.take(|i| i.number()) };
            write(caller, place[0], &long.to_le_bytes())
        }
        Part::Room => {
            let byte = caller.data_mut().take(|input| input.byte());
            write(caller, place[0], &vec![byte; place[1] as usize])
        }
        Part::Returned => {
            let bytes = bytes_of(caller.data_mut(), name, args);
            let (mut address, mut size) = (allocated(caller, &bytes)?, bytes.len() as u32);
            if how == How::Lying {
                (address, size) = caller.data_mut().take(|input| {
                    (
                        words::number(input),
                        if input.byte() & 1 == 1 { size } else { words::number(input) },
                    )
                });
            }
            write(caller, place[0], &address.to_le_bytes())?;
            write(caller, place[1], &size.to_le_bytes())
        }
        _ => Ok(()),
    }
}

fn word_of(host: &mut Host, name: &str) -> u32 {
    match name {
        _ if host.is_honest => 1,
        "proxy_http_call" | "proxy_grpc_call" | "proxy_grpc_stream" => {
            let token = host.take(|input| u32::from(input.byte()));
            host.called(token);
            token
        }
        _ => host.take(words::number),
    }
}

fn bytes_of(host: &mut Host, name: &str, args: &[u32]) -> Vec<u8> {
    const PLUGIN_CONFIGURATION: u32 = 7;
    match name {
        "proxy_get_buffer_bytes"
            if args[0] == PLUGIN_CONFIGURATION
                && (host.is_honest || host.take(|input| input.byte()) < 128) =>
        {
            let all = host.configuration.iter().skip(args[1] as usize);
            all.take(args[2] as usize).copied().collect()
        }
        _ if host.is_honest => Vec::new(),
        "proxy_get_header_map_pairs" => host.take(words::map),
        // As many as there are to be, for one that says how many.
        "proxy_get_buffer_bytes" if args[2] <= 1 << 16 && host.take(|input| input.byte()) < 200 => {
            let mut bytes = host.take(words::bytes);
            bytes.resize(args[2] as usize, b'4');
            bytes
        }
        _ => host.take(words::bytes),
    }
}

/// Puts bytes where the plugin's allocator says; 0 if it has no room, or there are none.
fn allocated(caller: &mut Caller<'_, Host>, bytes: &[u8]) -> Result<u32> {
    let allocator = caller.get_export("proxy_on_memory_allocate").and_then(Extern::into_func);
    let Some(allocator) = allocator.filter(|_| !bytes.is_empty()) else { return Ok(0) };
    let allocator = allocator.typed::<u32, u32>(&*caller)?;
    let address = allocator.call(&mut *caller, bytes.len() as u32)?;
    if address != 0 {
        write(caller, address, bytes)?;
    }
    Ok(address)
}

fn read(caller: &mut Caller<'_, Host>, address: u32, size: u32) -> Option<Vec<u8>> {
    if size == 0 {
        return Some(Vec::new());
    }
    let memory = caller.get_export("memory").and_then(Extern::into_memory)?;
    let bytes = memory.data(&*caller).get(address as usize..)?.get(..size as usize)?;
    Some(bytes.to_vec())
}

/// What the plugin gave as a place for something is one.
fn write(caller: &mut Caller<'_, Host>, address: u32, bytes: &[u8]) -> Result<()> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.ok_or_else(|| Error::msg("there is no memory"))?;
    Ok(memory.write(&mut *caller, address as usize, bytes)?)
}
