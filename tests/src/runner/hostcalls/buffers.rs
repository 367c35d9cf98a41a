//! Buffers.

use super::super::abi::Status;
use super::{Call, Outcome};

const REQUEST_BODY: u32 = 0;
const RESPONSE_BODY: u32 = 1;
const DOWNSTREAM: u32 = 2;
const UPSTREAM: u32 = 3;
const CALL_BODY: u32 = 4;
const GRPC_MESSAGE: u32 = 5;

/// Looks into a buffer, if it can be read now. A body that is not available is empty; other buffers are not
/// there.
fn read<T>(
    call: &mut Call<'_, '_>,
    buffer: u32,
    look: impl FnOnce(&[u8]) -> T,
) -> Result<T, Status> {
    const VM_CONFIGURATION: u32 = 6;
    const PLUGIN_CONFIGURATION: u32 = 7;
    const CALL_DATA: u32 = 8;
    let host = call.host();
    match buffer {
        REQUEST_BODY | RESPONSE_BODY | DOWNSTREAM | UPSTREAM => {
            let mut look = Some(look);
            let mut looked = |bytes: &[u8]| look.take().map(|look| look(bytes));
            let there = with_bytes(call, buffer, |bytes| looked(bytes)).flatten();
            there.or_else(|| looked(b"")).ok_or(Status::NotFound)
        }
        VM_CONFIGURATION => Ok(look(&host.setup.vm_configuration)),
        PLUGIN_CONFIGURATION => {
            let context = host.context().filter(|context| context.configuring);
            let context = context.ok_or(Status::NotFound)?;
            Ok(look(&context.setup.plugin_configuration))
        }
        CALL_BODY => {
            let answer = host.plugin_context().and_then(|context| context.answer.as_ref());
            Ok(look(&answer.ok_or(Status::NotFound)?.body))
        }
        GRPC_MESSAGE => {
            let message = host.plugin_context().and_then(|context| context.grpc.message.as_ref());
            Ok(look(message.map(Vec::as_slice).unwrap_or_default()))
        }
        CALL_DATA => Ok(look(b"")),
        _ => Err(Status::BadArgument),
    }
}

/// Does something with the bytes of a stream, if hostcalls reach them now.
fn with_bytes<T>(
    call: &mut Call<'_, '_>,
    buffer: u32,
    act: impl FnOnce(&mut Vec<u8>) -> T,
) -> Option<T> {
    let host = call.host();
    if let REQUEST_BODY | RESPONSE_BODY = buffer {
        let http = host.http()?;
        let side = if buffer == REQUEST_BODY { &mut http.request } else { &mut http.response };
        return side.body.as_mut().filter(|_| side.body_buffered || !side.body_given_up).map(act);
    }
    let tcp = host.tcp()?;
    let mut pipes = tcp.pipes.borrow_mut();
    match buffer {
        DOWNSTREAM if tcp.downstream => Some(act(&mut pipes.downstream)),
        UPSTREAM if tcp.upstream => Some(act(&mut pipes.upstream)),
        _ => None,
    }
}

pub(super) fn get_configuration(call: &mut Call<'_, '_>, data_out: u32, size_out: u32) -> Outcome {
    let host = call.host();
    let vm = host.setup.vm_configuration.clone();
    let configuration = match host.context() {
        Some(context) if context.configuring => context.setup.plugin_configuration.clone(),
        _ => vm,
    };
    call.give(&configuration, data_out, size_out)
}

pub(super) fn get_buffer_status(
    call: &mut Call<'_, '_>,
    buffer: u32,
    size_out: u32,
    flags_out: u32,
) -> Outcome {
    let size = read(call, buffer, <[u8]>::len)?;
    call.write_u32(size_out, size as u32)?;
    call.write_u32(flags_out, 0)
}

pub(super) fn get_buffer_bytes(
    call: &mut Call<'_, '_>,
    buffer: u32,
    start: u32,
    length: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    let bytes = read(call, buffer, |bytes| {
        // The sum of two u32 does not overflow Envoy's 64 bits.
        let end = (start as usize + length as usize).min(bytes.len());
        bytes.get(start as usize..end).unwrap_or_default().to_vec()
    })?;
    call.give(&bytes, data_out, size_out)
}

pub(super) fn set_buffer_bytes(
    call: &mut Call<'_, '_>,
    buffer: u32,
    start: u32,
    length: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let size = read(call, buffer, <[u8]>::len)?;
    let value = call.read(value, value_size)?;
    // What follows moves, which is a fast copy.
    call.charge(size as u64 / 16)?;
    let written = with_bytes(call, buffer, |bytes| {
        if start == 0 {
            bytes.splice(..(length as usize).min(bytes.len()), value);
        } else if start as usize >= bytes.len() {
            bytes.extend(value);
        } else {
            return false;
        }
        true
    });
    if written == Some(true) { Ok(()) } else { Err(Status::BadArgument.into()) }
}
