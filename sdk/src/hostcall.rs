//! The only caller of [`sys`]: a status becomes a `Result`, host memory borrowed bytes.
//!
//! Every function here is a line or two around the one of the spec that it is named after.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::ptr;

use crate::arena::{self, Callback};
use crate::field::Field;
use crate::global::global;
use crate::log::Level;
use crate::status::{Result, Status};
use crate::sys;

/// Whether the host shows lines of this level. Where it does not tell, it does.
#[cfg(not(any(feature = "abi-0-1-0", feature = "abi-0-2-0")))]
#[inline]
pub(crate) fn shows(level: Level) -> bool {
    level as u32 >= get_log_level()
}

/// The host's log level; the one of before where it does not tell, and at first the lowest.
#[cfg(not(any(feature = "abi-0-1-0", feature = "abi-0-2-0")))]
#[inline(always)]
fn get_log_level() -> u32 {
    LEVEL.with(|level| {
        // SAFETY: the out-parameter is writable for as long as `level` is borrowed.
        unsafe { sys::proxy_get_log_level(level.as_ptr()) };
        level.get()
    })
}

#[cfg(not(any(feature = "abi-0-1-0", feature = "abi-0-2-0")))]
global! {
    /// Where the host writes its log level.
    static LEVEL: u32 = 0;
}

/// Before ABI 0.2.1 a host does not tell its level.
#[cfg(any(feature = "abi-0-1-0", feature = "abi-0-2-0"))]
#[inline(always)]
pub(crate) fn shows(_: Level) -> bool {
    true
}

global! {
    /// Where the host writes a number that it returns.
    static NUMBER: u64 = 0;
}

/// So many bytes are few.
const FEW_BYTES: usize = 4;

crate::place! {
    /// Where the host writes a few bytes that it returns.
    static BYTES: [Cell<u8>; FEW_BYTES] = [const { Cell::new(0) }; FEW_BYTES];
}

/// Makes a hostcall that returns a number. One that writes none leaves the last.
#[inline(always)]
fn number(call: impl FnOnce(*mut u64) -> u32) -> Result<u64> {
    let status = NUMBER.with(|number| call(number.as_ptr()));
    Status(status).ok()?;
    Ok(NUMBER.with(Cell::get))
}

#[inline(always)]
pub(crate) fn log(level: Level, message: &[u8]) {
    // SAFETY: the message is readable for its length.
    unsafe { sys::proxy_log(level as u32, message.as_ptr(), message.len()) };
}

/// Logs bytes that may change meanwhile, if the host makes a callback of it.
#[inline(always)]
pub(crate) fn log_cells(level: Level, message: &[Cell<u8>]) {
    // SAFETY: the message is readable for its length.
    unsafe { sys::proxy_log(level as u32, message.as_ptr().cast(), message.len()) };
}

#[inline(always)]
pub(crate) fn done() -> Result<()> {
    // SAFETY: it takes numbers only.
    Status(unsafe { sys::proxy_done() }).ok()
}

#[inline(always)]
pub(crate) fn set_effective_context(context_id: u32) -> Result<()> {
    // SAFETY: it takes numbers only.
    Status(unsafe { sys::proxy_set_effective_context(context_id) }).ok()
}

#[inline(always)]
pub(crate) fn get_current_time_nanoseconds() -> Result<u64> {
    // SAFETY: the out-parameter is writable.
    number(|out| unsafe { sys::proxy_get_current_time_nanoseconds(out) })
}

#[inline(always)]
pub(crate) fn set_tick_period_milliseconds(tick_period: u32) -> Result<()> {
    // SAFETY: it takes numbers only.
    Status(unsafe { sys::proxy_set_tick_period_milliseconds(tick_period) }).ok()
}

#[inline(always)]
pub(crate) fn set_buffer_bytes(buffer: u32, start: usize, size: usize, bytes: &[u8]) -> Result<()> {
    // SAFETY: the bytes are readable for their lengths.
    Status(unsafe { sys::proxy_set_buffer_bytes(buffer, start, size, bytes.as_ptr(), bytes.len()) })
        .ok()
}

#[inline(always)]
pub(crate) fn get_buffer_bytes<'a>(
    callback: Callback<'a>,
    buffer: u32,
    start: usize,
    length: usize,
) -> Result<&'a mut [u8]> {
    arena::receive_mut(callback, |data, size| {
        // SAFETY: the out-parameters are writable.
        unsafe { sys::proxy_get_buffer_bytes(buffer, start, length, data, size) }
    })
}

/// The size, and a word that the spec leaves unused.
#[inline(always)]
pub(crate) fn get_buffer_status(buffer: u32) -> Result<usize> {
    UNUSED
        .with(|unused| {
            // SAFETY: the out-parameters are writable.
            number(|out| unsafe {
                sys::proxy_get_buffer_status(buffer, out.cast(), unused.as_ptr())
            })
        })
        .map(|size| size as usize)
}

global! {
    static UNUSED: u32 = 0;
}

#[inline(always)]
pub(crate) fn get_header_map_size(map: u32) -> Result<usize> {
    // SAFETY: the out-parameter is writable.
    number(|out| unsafe { sys::proxy_get_header_map_size(map, out.cast()) })
        .map(|value| value as usize)
}

#[inline(always)]
pub(crate) fn get_header_map_pairs<'a>(callback: Callback<'a>, map: u32) -> Result<&'a [u8]> {
    arena::receive(callback, |data, size| {
        // SAFETY: the out-parameters are writable.
        unsafe { sys::proxy_get_header_map_pairs(map, data, size) }
    })
}

#[inline(always)]
pub(crate) fn set_header_map_pairs(map: u32, pairs: &[u8]) -> Result<()> {
    // SAFETY: the bytes are readable for their lengths.
    Status(unsafe { sys::proxy_set_header_map_pairs(map, pairs.as_ptr(), pairs.len()) }).ok()
}

pub(crate) fn get_header_map_value<'a>(
    callback: Callback<'a>,
    map: u32,
    name: Field<'_>,
) -> Result<&'a [u8]> {
    let name = name.as_bytes();
    arena::receive(callback, |data, size| {
        // SAFETY: the bytes are readable for their lengths; the out-parameters are writable.
        unsafe { sys::proxy_get_header_map_value(map, name.as_ptr(), name.len(), data, size) }
    })
}

#[inline(always)]
pub(crate) fn add_header_map_value(map: u32, name: Field<'_>, value: Field<'_>) -> Result<()> {
    let name = name.as_bytes();
    let value = value.as_bytes();
    // SAFETY: the bytes are readable for their lengths.
    Status(unsafe {
        sys::proxy_add_header_map_value(map, name.as_ptr(), name.len(), value.as_ptr(), value.len())
    })
    .ok()
}

#[inline(always)]
pub(crate) fn replace_header_map_value(map: u32, name: Field<'_>, value: Field<'_>) -> Result<()> {
    let name = name.as_bytes();
    let value = value.as_bytes();
    // SAFETY: the bytes are readable for their lengths.
    Status(unsafe {
        sys::proxy_replace_header_map_value(
            map,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    })
    .ok()
}

#[inline(always)]
pub(crate) fn remove_header_map_value(map: u32, name: Field<'_>) -> Result<()> {
    let name = name.as_bytes();
    // SAFETY: the bytes are readable for their lengths.
    Status(unsafe { sys::proxy_remove_header_map_value(map, name.as_ptr(), name.len()) }).ok()
}

/// `stream` is the spec's `proxy_stream_type_t`.
#[cfg(not(feature = "abi-0-1-0"))]
#[inline(always)]
pub(crate) fn close_stream(stream: u32) -> Result<()> {
    // SAFETY: it takes numbers only.
    Status(unsafe { sys::proxy_close_stream(stream) }).ok()
}

/// ABI 0.1.0 cannot close a stream.
#[cfg(feature = "abi-0-1-0")]
#[inline(always)]
pub(crate) fn close_stream(_: u32) -> Result<()> {
    Err(Status::UNIMPLEMENTED)
}

#[inline(always)]
pub(crate) fn http_call(
    upstream: &[u8],
    headers: &[u8],
    body: &[u8],
    trailers: &[u8],
    timeout: u32,
) -> Result<u32> {
    // SAFETY: the bytes are readable for their lengths; the out-parameter is writable.
    number(|out| unsafe {
        sys::proxy_http_call(
            upstream.as_ptr(),
            upstream.len(),
            headers.as_ptr(),
            headers.len(),
            body.as_ptr(),
            body.len(),
            trailers.as_ptr(),
            trailers.len(),
            timeout,
            out.cast(),
        )
    })
    .map(|value| value as u32)
}

#[inline(always)]
pub(crate) fn grpc_call(
    upstream: &[u8],
    service: &[u8],
    method: &[u8],
    metadata: &[u8],
    message: &[u8],
    timeout: u32,
) -> Result<u32> {
    // SAFETY: the bytes are readable for their lengths; the out-parameter is writable.
    number(|out| unsafe {
        sys::proxy_grpc_call(
            upstream.as_ptr(),
            upstream.len(),
            service.as_ptr(),
            service.len(),
            method.as_ptr(),
            method.len(),
            metadata.as_ptr(),
            metadata.len(),
            message.as_ptr(),
            message.len(),
            timeout,
            out.cast(),
        )
    })
    .map(|value| value as u32)
}

#[inline(always)]
pub(crate) fn grpc_stream(
    upstream: &[u8],
    service: &[u8],
    method: &[u8],
    metadata: &[u8],
) -> Result<u32> {
    // SAFETY: the bytes are readable for their lengths; the out-parameter is writable.
    number(|out| unsafe {
        sys::proxy_grpc_stream(
            upstream.as_ptr(),
            upstream.len(),
            service.as_ptr(),
            service.len(),
            method.as_ptr(),
            method.len(),
            metadata.as_ptr(),
            metadata.len(),
            out.cast(),
        )
    })
    .map(|value| value as u32)
}

#[inline(always)]
pub(crate) fn grpc_send(id: u32, message: &[u8], end_stream: u32) -> Result<()> {
    // SAFETY: the bytes are readable for their lengths.
    Status(unsafe { sys::proxy_grpc_send(id, message.as_ptr(), message.len(), end_stream) }).ok()
}

#[inline(always)]
pub(crate) fn grpc_cancel(id: u32) -> Result<()> {
    // SAFETY: it takes numbers only.
    Status(unsafe { sys::proxy_grpc_cancel(id) }).ok()
}

#[inline(always)]
pub(crate) fn grpc_close(id: u32) -> Result<()> {
    // SAFETY: it takes numbers only.
    Status(unsafe { sys::proxy_grpc_close(id) }).ok()
}

#[inline(always)]
pub(crate) fn set_shared_data(key: &[u8], value: &[u8], cas: u32) -> Result<()> {
    // SAFETY: the bytes are readable for their lengths.
    Status(unsafe {
        sys::proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), cas)
    })
    .ok()
}

/// The value, and its compare-and-swap value.
#[inline(always)]
pub(crate) fn get_shared_data<'a>(callback: Callback<'a>, key: &[u8]) -> Result<(&'a [u8], u32)> {
    let value = arena::receive(callback, |data, size| {
        NUMBER.with(|cas| {
            // SAFETY: the key is readable for its length; the out-parameters are writable.
            unsafe {
                sys::proxy_get_shared_data(key.as_ptr(), key.len(), data, size, cas.as_ptr().cast())
            }
        })
    })?;
    Ok((value, NUMBER.with(Cell::get) as u32))
}

#[inline(always)]
pub(crate) fn register_shared_queue(name: &[u8]) -> Result<u32> {
    // SAFETY: the bytes are readable for their lengths; the out-parameter is writable.
    number(|out| unsafe { sys::proxy_register_shared_queue(name.as_ptr(), name.len(), out.cast()) })
        .map(|value| value as u32)
}

#[inline(always)]
pub(crate) fn resolve_shared_queue(vm_id: &[u8], name: &[u8]) -> Result<u32> {
    // SAFETY: the bytes are readable for their lengths; the out-parameter is writable.
    number(|out| unsafe {
        sys::proxy_resolve_shared_queue(
            vm_id.as_ptr(),
            vm_id.len(),
            name.as_ptr(),
            name.len(),
            out.cast(),
        )
    })
    .map(|value| value as u32)
}

#[inline(always)]
pub(crate) fn enqueue_shared_queue(queue: u32, value: &[u8]) -> Result<()> {
    // SAFETY: the bytes are readable for their lengths.
    Status(unsafe { sys::proxy_enqueue_shared_queue(queue, value.as_ptr(), value.len()) }).ok()
}

#[inline(always)]
pub(crate) fn dequeue_shared_queue<'a>(callback: Callback<'a>, queue: u32) -> Result<&'a [u8]> {
    arena::receive(callback, |data, size| {
        // SAFETY: the out-parameters are writable.
        unsafe { sys::proxy_dequeue_shared_queue(queue, data, size) }
    })
}

#[inline(always)]
pub(crate) fn define_metric(metric_type: u32, name: &[u8]) -> Result<u32> {
    // SAFETY: the bytes are readable for their lengths; the out-parameter is writable.
    number(|out| unsafe {
        sys::proxy_define_metric(metric_type, name.as_ptr(), name.len(), out.cast())
    })
    .map(|value| value as u32)
}

#[inline(always)]
pub(crate) fn record_metric(metric: u32, value: u64) -> Result<()> {
    // SAFETY: it takes numbers only.
    Status(unsafe { sys::proxy_record_metric(metric, value) }).ok()
}

#[inline(always)]
pub(crate) fn increment_metric(metric: u32, offset: i64) -> Result<()> {
    // SAFETY: it takes numbers only.
    Status(unsafe { sys::proxy_increment_metric(metric, offset) }).ok()
}

#[inline(always)]
pub(crate) fn get_metric(metric: u32) -> Result<u64> {
    // SAFETY: the out-parameter is writable.
    number(|out| unsafe { sys::proxy_get_metric(metric, out) })
}

#[inline(always)]
pub(crate) fn get_property<'a>(callback: Callback<'a>, path: &[u8]) -> Result<&'a [u8]> {
    arena::receive(callback, |data, size| {
        // SAFETY: the bytes are readable for their lengths; the out-parameters are writable.
        unsafe { sys::proxy_get_property(path.as_ptr(), path.len(), data, size) }
    })
}

#[inline(always)]
pub(crate) fn set_property(path: &[u8], value: &[u8]) -> Result<()> {
    // SAFETY: the bytes are readable for their lengths.
    Status(unsafe {
        sys::proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len())
    })
    .ok()
}

#[inline(always)]
pub(crate) fn call_foreign_function<'a>(
    callback: Callback<'a>,
    name: &[u8],
    arguments: &[u8],
) -> Result<&'a [u8]> {
    arena::receive(callback, |data, size| {
        // SAFETY: the bytes are readable for their lengths; the out-parameters are writable.
        unsafe {
            sys::proxy_call_foreign_function(
                name.as_ptr(),
                name.len(),
                arguments.as_ptr(),
                arguments.len(),
                data,
                size,
            )
        }
    })
}

/// Into the plugin's own memory: how many bytes.
#[inline(always)]
pub(crate) fn get_buffer_bytes_into(buffer: u32, start: usize, into: &mut [u8]) -> Result<usize> {
    let length = into.len();
    arena::receive_into(into, |data, size| {
        // SAFETY: the out-parameters are writable.
        unsafe { sys::proxy_get_buffer_bytes(buffer, start, length, data, size) }
    })
}

/// The status of a gRPC call, and its message.
#[inline(always)]
pub(crate) fn get_status(callback: Callback<'_>) -> Result<(u32, &[u8])> {
    let message = arena::receive(callback, |data, size| {
        NUMBER.with(|code| {
            // SAFETY: the out-parameters are writable.
            unsafe { sys::proxy_get_status(code.as_ptr().cast(), data, size) }
        })
    })?;
    Ok((NUMBER.with(Cell::get) as u32, message))
}

/// `stream` is the spec's `proxy_stream_type_t`.
#[cfg(not(feature = "abi-0-1-0"))]
#[inline(always)]
pub(crate) fn continue_stream(stream: u32) -> Result<()> {
    // SAFETY: it takes numbers only.
    Status(unsafe { sys::proxy_continue_stream(stream) }).ok()
}

/// ABI 0.1.0 has a function for each direction of HTTP, and none for TCP.
#[cfg(feature = "abi-0-1-0")]
#[inline(always)]
pub(crate) fn continue_stream(stream: u32) -> Result<()> {
    // SAFETY: they take nothing.
    Status(unsafe {
        match stream {
            0 => sys::proxy_continue_request(),
            1 => sys::proxy_continue_response(),
            _ => return Err(Status::UNIMPLEMENTED),
        }
    })
    .ok()
}

/// `headers` is a serialized map; `details` and `grpc_status` are optional.
#[inline(always)]
pub(crate) fn send_local_response(
    status_code: u32,
    details: &[u8],
    headers: &[u8],
    body: &[u8],
    grpc_status: Option<u32>,
) -> Result<()> {
    /// No gRPC status.
    const NONE: u32 = u32::MAX;
    let details_data = if details.is_empty() { ptr::null() } else { details.as_ptr() };
    // SAFETY: details, headers and body are readable for their lengths.
    let status = unsafe {
        sys::proxy_send_local_response(
            status_code,
            details_data,
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            grpc_status.unwrap_or(NONE),
        )
    };
    Status(status).ok()
}

/// An `errno` of WASI as a status.
#[inline(always)]
fn errno(errno: u32) -> Result<()> {
    const INVAL: u32 = 28;
    const NOTSUP: u32 = 58;
    Err(match errno {
        0 => return Ok(()),
        INVAL => Status::BAD_ARGUMENT,
        NOTSUP => Status::UNIMPLEMENTED,
        _ => Status::INTERNAL_FAILURE,
    })
}

#[inline(always)]
pub(crate) fn clock_time_get(clock: u32) -> Result<u64> {
    NUMBER.with(|time| {
        // SAFETY: the out-parameter is writable.
        errno(unsafe { sys::clock_time_get(clock, 0, time.as_ptr()) })?;
        Ok(time.get())
    })
}

#[inline(always)]
pub(crate) fn random_get(buffer: &mut [u8]) -> Result<()> {
    // SAFETY: the buffer is writable for its length.
    errno(unsafe { sys::random_get(buffer.as_mut_ptr(), buffer.len()) })
}

/// Few bytes come through a static: what the host is given the address of cannot be in locals.
#[inline(always)]
pub(crate) fn random_get_array<const SIZE: usize>() -> Result<[u8; SIZE]> {
    if SIZE > FEW_BYTES {
        let mut bytes = [0; SIZE];
        return random_get(&mut bytes).map(|()| bytes);
    }
    BYTES.with(|bytes| {
        let bytes = bytes.as_ptr().cast::<[u8; SIZE]>();
        // SAFETY: so many of the bytes are writable.
        errno(unsafe { sys::random_get(bytes.cast_mut().cast(), SIZE) })?;
        // SAFETY: they are in cells, and initialised.
        Ok(unsafe { bytes.read() })
    })
}

/// The environment variables, each `NAME=value` and a NUL.
pub(crate) fn environ(callback: Callback<'_>) -> Result<&[u8]> {
    let (mut count, mut size) = (0, 0);
    // SAFETY: the out-parameters are writable.
    errno(unsafe { sys::environ_sizes_get(&raw mut count, &raw mut size) })?;
    let pointers = count.checked_mul(size_of::<*mut u8>()).ok_or(Status::BAD_ARGUMENT)?;
    // The pointers must be aligned.
    let array = arena::scratch(callback, pointers.saturating_add(align_of::<*mut u8>()))?;
    let buffer = arena::scratch(callback, size)?;
    let array = array.as_mut_ptr();
    let array = array.wrapping_add(array.align_offset(align_of::<*mut u8>()));
    // SAFETY: both are as large as the host has asked for.
    errno(unsafe { sys::environ_get(array.cast(), buffer.as_mut_ptr()) })?;
    Ok(buffer)
}
