//! The only caller of [`sys`]: a status becomes a `Result`, host memory borrowed bytes.
#![allow(unsafe_code)]

use crate::arena::{self, Callback};
use crate::field::Field;
use crate::status::{Result, Status};
use crate::sys;

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
