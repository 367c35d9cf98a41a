//! The host's functions: the spec's names, the spec's order, raw integers.
#![allow(unsafe_code)]

#[cfg(target_family = "wasm")]
#[link(wasm_import_module = "env")]
unsafe extern "C" {
    pub(crate) fn proxy_done() -> u32;
    pub(crate) fn proxy_set_effective_context(context_id: u32) -> u32;
    pub(crate) fn proxy_log(level: u32, message_data: *const u8, message_size: usize) -> u32;
    // Not before ABI 0.2.1.
    #[cfg(not(any(feature = "abi-0-1-0", feature = "abi-0-2-0")))]
    pub(crate) fn proxy_get_log_level(return_log_level: *mut u32) -> u32;
    pub(crate) fn proxy_get_current_time_nanoseconds(return_time: *mut u64) -> u32;
    pub(crate) fn proxy_set_tick_period_milliseconds(tick_period: u32) -> u32;
    pub(crate) fn proxy_set_buffer_bytes(
        buffer_id: u32,
        start: usize,
        size: usize,
        value_data: *const u8,
        value_size: usize,
    ) -> u32;
    pub(crate) fn proxy_get_buffer_bytes(
        buffer_id: u32,
        start: usize,
        max_size: usize,
        return_value_data: *mut *mut u8,
        return_value_size: *mut usize,
    ) -> u32;
    pub(crate) fn proxy_get_buffer_status(
        buffer_id: u32,
        return_buffer_size: *mut usize,
        return_unused: *mut u32,
    ) -> u32;
    pub(crate) fn proxy_get_header_map_size(
        map_id: u32,
        return_serialized_pairs_size: *mut usize,
    ) -> u32;
    pub(crate) fn proxy_get_header_map_pairs(
        map_id: u32,
        return_serialized_pairs_data: *mut *mut u8,
        return_serialized_pairs_size: *mut usize,
    ) -> u32;
    pub(crate) fn proxy_set_header_map_pairs(
        map_id: u32,
        serialized_pairs_data: *const u8,
        serialized_pairs_size: usize,
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
    // Not in ABI 0.1.0.
    #[cfg(not(feature = "abi-0-1-0"))]
    pub(crate) fn proxy_continue_stream(stream_type: u32) -> u32;
    // Not in ABI 0.1.0.
    #[cfg(not(feature = "abi-0-1-0"))]
    pub(crate) fn proxy_close_stream(stream_type: u32) -> u32;
    pub(crate) fn proxy_get_status(
        return_status_code: *mut u32,
        return_message_data: *mut *mut u8,
        return_message_size: *mut usize,
    ) -> u32;
    pub(crate) fn proxy_send_local_response(
        status_code: u32,
        details_data: *const u8,
        details_size: usize,
        body_data: *const u8,
        body_size: usize,
        serialized_headers_data: *const u8,
        serialized_headers_size: usize,
        grpc_status: u32,
    ) -> u32;
    pub(crate) fn proxy_http_call(
        upstream_name_data: *const u8,
        upstream_name_size: usize,
        serialized_headers_data: *const u8,
        serialized_headers_size: usize,
        body_data: *const u8,
        body_size: usize,
        serialized_trailers_data: *const u8,
        serialized_trailers_size: usize,
        timeout: u32,
        return_call_id: *mut u32,
    ) -> u32;
    pub(crate) fn proxy_grpc_call(
        upstream_name_data: *const u8,
        upstream_name_size: usize,
        service_name_data: *const u8,
        service_name_size: usize,
        method_name_data: *const u8,
        method_name_size: usize,
        serialized_initial_metadata_data: *const u8,
        serialized_initial_metadata_size: usize,
        message_data: *const u8,
        message_size: usize,
        timeout: u32,
        return_call_id: *mut u32,
    ) -> u32;
    pub(crate) fn proxy_grpc_stream(
        upstream_name_data: *const u8,
        upstream_name_size: usize,
        service_name_data: *const u8,
        service_name_size: usize,
        method_name_data: *const u8,
        method_name_size: usize,
        serialized_initial_metadata_data: *const u8,
        serialized_initial_metadata_size: usize,
        return_stream_id: *mut u32,
    ) -> u32;
    pub(crate) fn proxy_grpc_send(
        stream_id: u32,
        message_data: *const u8,
        message_size: usize,
        end_stream: u32,
    ) -> u32;
    pub(crate) fn proxy_grpc_cancel(call_or_stream_id: u32) -> u32;
    pub(crate) fn proxy_grpc_close(call_or_stream_id: u32) -> u32;
    pub(crate) fn proxy_set_shared_data(
        key_data: *const u8,
        key_size: usize,
        value_data: *const u8,
        value_size: usize,
        cas: u32,
    ) -> u32;
    pub(crate) fn proxy_get_shared_data(
        key_data: *const u8,
        key_size: usize,
        return_value_data: *mut *mut u8,
        return_value_size: *mut usize,
        return_cas: *mut u32,
    ) -> u32;
    pub(crate) fn proxy_register_shared_queue(
        name_data: *const u8,
        name_size: usize,
        return_queue_id: *mut u32,
    ) -> u32;
    pub(crate) fn proxy_resolve_shared_queue(
        vm_id_data: *const u8,
        vm_id_size: usize,
        name_data: *const u8,
        name_size: usize,
        return_queue_id: *mut u32,
    ) -> u32;
    pub(crate) fn proxy_enqueue_shared_queue(
        queue_id: u32,
        value_data: *const u8,
        value_size: usize,
    ) -> u32;
    pub(crate) fn proxy_dequeue_shared_queue(
        queue_id: u32,
        return_value_data: *mut *mut u8,
        return_value_size: *mut usize,
    ) -> u32;
    pub(crate) fn proxy_define_metric(
        metric_type: u32,
        name_data: *const u8,
        name_size: usize,
        return_metric_id: *mut u32,
    ) -> u32;
    pub(crate) fn proxy_record_metric(metric_id: u32, value: u64) -> u32;
    pub(crate) fn proxy_increment_metric(metric_id: u32, offset: i64) -> u32;
    pub(crate) fn proxy_get_metric(metric_id: u32, return_value: *mut u64) -> u32;
    pub(crate) fn proxy_get_property(
        path_data: *const u8,
        path_size: usize,
        return_value_data: *mut *mut u8,
        return_value_size: *mut usize,
    ) -> u32;
    pub(crate) fn proxy_set_property(
        path_data: *const u8,
        path_size: usize,
        value_data: *const u8,
        value_size: usize,
    ) -> u32;
    pub(crate) fn proxy_call_foreign_function(
        name_data: *const u8,
        name_size: usize,
        arguments_data: *const u8,
        arguments_size: usize,
        return_results_data: *mut *mut u8,
        return_results_size: *mut usize,
    ) -> u32;
}

// Of ABI 0.1.0 alone.
#[cfg(all(target_family = "wasm", feature = "abi-0-1-0"))]
#[link(wasm_import_module = "env")]
unsafe extern "C" {
    pub(crate) fn proxy_continue_request() -> u32;
    pub(crate) fn proxy_continue_response() -> u32;
}

#[cfg(target_family = "wasm")]
#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    pub(crate) fn clock_time_get(clock_id: u32, unused: u64, return_time: *mut u64) -> u32;
    pub(crate) fn random_get(buffer: *mut u8, buffer_size: usize) -> u32;
    pub(crate) fn environ_sizes_get(
        return_num_elements: *mut usize,
        return_buffer_size: *mut usize,
    ) -> u32;
    pub(crate) fn environ_get(return_array: *mut *mut u8, return_buffer: *mut u8) -> u32;
}

#[cfg(not(target_family = "wasm"))]
pub mod double;
#[cfg(not(target_family = "wasm"))]
pub(crate) use double::*;
