//! The only caller of [`sys`]: a status becomes a `Result`, host memory borrowed bytes.
#![allow(unsafe_code)]

use crate::arena::{self, Callback};
use crate::field::Field;
use crate::global::global;
use crate::log::Level;
use crate::status::{Result, Status};
use crate::sys;

/// Whether the host shows lines of this level. Where it does not tell, it does.
#[inline(never)]
pub(crate) fn shows(level: Level) -> bool {
    LEVEL.with(|shown| {
        shown.set(0);
        // SAFETY: the out-parameter is writable for as long as `shown` is borrowed.
        unsafe { sys::proxy_get_log_level(shown.as_ptr()) };
        level as u32 >= shown.get()
    })
}

global! {
    /// Where the host writes its log level.
    static LEVEL: u32 = 0;
}

#[inline(always)]
pub(crate) fn log(level: Level, message: &[u8]) {
    // SAFETY: the message is readable for its length.
    unsafe { sys::proxy_log(level as u32, message.as_ptr(), message.len()) };
}

#[inline(always)]
pub(crate) fn get_header_map_pairs(callback: Callback<'_>, map: u32) -> Result<&[u8]> {
    arena::receive(callback, |data, size| {
        // SAFETY: the out-parameters are writable.
        unsafe { sys::proxy_get_header_map_pairs(map, data, size) }
    })
}

pub(crate) fn get_header_map_value<'a>(
    callback: Callback<'a>,
    map: u32,
    name: Field<'_>,
) -> Result<&'a [u8]> {
    let name = name.as_bytes();
    arena::receive(callback, |data, size| {
        // SAFETY: the name is readable for its length, and the out-parameters are writable.
        unsafe { sys::proxy_get_header_map_value(map, name.as_ptr(), name.len(), data, size) }
    })
}

#[inline(always)]
pub(crate) fn add_header_map_value(map: u32, name: Field<'_>, value: Field<'_>) -> Result<()> {
    let (name, value) = (name.as_bytes(), value.as_bytes());
    // SAFETY: name and value are readable for their lengths.
    let status = unsafe {
        sys::proxy_add_header_map_value(map, name.as_ptr(), name.len(), value.as_ptr(), value.len())
    };
    Status(status).ok()
}

#[inline(always)]
pub(crate) fn replace_header_map_value(map: u32, name: Field<'_>, value: Field<'_>) -> Result<()> {
    let (name, value) = (name.as_bytes(), value.as_bytes());
    // SAFETY: name and value are readable for their lengths.
    let status = unsafe {
        sys::proxy_replace_header_map_value(
            map,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    };
    Status(status).ok()
}

#[inline(always)]
pub(crate) fn remove_header_map_value(map: u32, name: Field<'_>) -> Result<()> {
    let name = name.as_bytes();
    // SAFETY: the name is readable for its length.
    let status = unsafe { sys::proxy_remove_header_map_value(map, name.as_ptr(), name.len()) };
    Status(status).ok()
}

/// `headers` is a serialized map.
#[inline(always)]
pub(crate) fn send_local_response(status_code: u32, headers: &[u8], body: &[u8]) -> Result<()> {
    /// No gRPC status.
    const NONE: u32 = u32::MAX;
    // SAFETY: headers and body are readable for their lengths; there are no details.
    let status = unsafe {
        sys::proxy_send_local_response(
            status_code,
            core::ptr::null(),
            0,
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            NONE,
        )
    };
    Status(status).ok()
}

#[inline(always)]
pub(crate) fn get_buffer_bytes(
    callback: Callback<'_>,
    buffer: u32,
    start: usize,
    length: usize,
) -> Result<&[u8]> {
    arena::receive(callback, |data, size| {
        // SAFETY: the out-parameters are writable.
        unsafe { sys::proxy_get_buffer_bytes(buffer, start, length, data, size) }
    })
}

#[inline(always)]
pub(crate) fn set_buffer_bytes(
    buffer: u32,
    start: usize,
    length: usize,
    bytes: &[u8],
) -> Result<()> {
    // SAFETY: the bytes are readable for their length.
    let status =
        unsafe { sys::proxy_set_buffer_bytes(buffer, start, length, bytes.as_ptr(), bytes.len()) };
    Status(status).ok()
}
