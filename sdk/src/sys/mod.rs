//! The host's functions: the spec's names, the spec's order, raw integers.
#![allow(unsafe_code)]

#[cfg(target_family = "wasm")]
#[link(wasm_import_module = "env")]
unsafe extern "C" {
    pub(crate) fn proxy_log(level: u32, message_data: *const u8, message_size: usize) -> u32;

    pub(crate) fn proxy_get_log_level(return_log_level: *mut u32) -> u32;

    pub(crate) fn proxy_set_buffer_bytes(
        buffer_id: u32,
        offset: usize,
        size: usize,
        value_data: *const u8,
        value_size: usize,
    ) -> u32;

    pub(crate) fn proxy_get_buffer_bytes(
        buffer_id: u32,
        offset: usize,
        max_size: usize,
        return_value_data: *mut *mut u8,
        return_value_size: *mut usize,
    ) -> u32;

    pub(crate) fn proxy_get_header_map_pairs(
        map_id: u32,
        return_map_data: *mut *mut u8,
        return_map_size: *mut usize,
    ) -> u32;

    pub(crate) fn proxy_get_header_map_value(
        map_id: u32,
        key_data: *const u8,
        key_size: usize,
        return_value_data: *mut *mut u8,
        return_value_size: *mut usize,
    ) -> u32;

    pub(crate) fn proxy_add_header_map_value(
        map_id: u32,
        key_data: *const u8,
        key_size: usize,
        value_data: *const u8,
        value_size: usize,
    ) -> u32;

    pub(crate) fn proxy_replace_header_map_value(
        map_id: u32,
        key_data: *const u8,
        key_size: usize,
        value_data: *const u8,
        value_size: usize,
    ) -> u32;

    pub(crate) fn proxy_remove_header_map_value(
        map_id: u32,
        key_data: *const u8,
        key_size: usize,
    ) -> u32;

    pub(crate) fn proxy_send_local_response(
        status_code: u32,
        details_data: *const u8,
        details_size: usize,
        body_data: *const u8,
        body_size: usize,
        headers_data: *const u8,
        headers_size: usize,
        grpc_status: u32,
    ) -> u32;
}

#[cfg(not(target_family = "wasm"))]
pub mod double;
#[cfg(not(target_family = "wasm"))]
pub(crate) use double::*;
