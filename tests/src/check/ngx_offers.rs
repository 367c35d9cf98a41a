//! The functions that ngx_wasm_module offers to plugins, at its commit 3bed278 of April 2025. It offers all
//! of them to every ABI version, names of an ABI to come among them.

use crate::runner::code::Signature;

/// What one does when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// What the spec says, more or less.
    Work,
    /// It answers OK.
    Nothing,
    /// It traps: "function not yet implemented".
    Trap,
}
use Does::{Nothing, Trap, Work};

/// A function: its name, and a letter for each parameter (`i` for `i32`, `I` for `i64`). The result is an
/// `i32`, but for those in [`WITHOUT_RESULT`].
pub(super) type Row = (&'static str, &'static str, Does);

const WITHOUT_RESULT: [&str; 2] = ["ngx_log", "proc_exit"];

pub(super) fn signature((name, params, _): &Row) -> Signature {
    Signature::of_letters(params, if WITHOUT_RESULT.contains(name) { "" } else { "i" })
}

/// Of the module `env`.
pub(super) static ENV: [Row; 76] = [
    ("ngx_log", "iii", Work),
    ("proxy_log", "iii", Work),
    // Envoy's takes one parameter.
    ("proxy_get_log_level", "ii", Trap),
    ("proxy_get_current_time_nanoseconds", "i", Work),
    ("proxy_set_effective_context", "i", Nothing),
    ("proxy_context_finalize", "", Trap),
    ("proxy_done", "", Trap),
    ("proxy_create_timer", "iii", Trap),
    ("proxy_delete_timer", "i", Trap),
    ("proxy_set_tick_period_milliseconds", "i", Work),
    ("proxy_get_buffer", "iiiii", Work),
    ("proxy_get_buffer_bytes", "iiiii", Work),
    ("proxy_set_buffer", "iiiii", Work),
    ("proxy_set_buffer_bytes", "iiiii", Work),
    ("proxy_get_map_values", "iiiii", Trap),
    ("proxy_get_header_map_pairs", "iii", Work),
    ("proxy_get_header_map_value", "iiiii", Work),
    ("proxy_set_map_values", "iiiii", Trap),
    ("proxy_set_header_map_pairs", "iii", Work),
    ("proxy_add_header_map_value", "iiiii", Work),
    ("proxy_replace_header_map_value", "iiiii", Work),
    ("proxy_remove_header_map_value", "iii", Work),
    ("proxy_get_property", "iiii", Work),
    ("proxy_set_property", "iiii", Work),
    ("proxy_resume_stream", "i", Trap),
    ("proxy_resume_downstream", "i", Trap),
    ("proxy_resume_upstream", "i", Trap),
    ("proxy_continue_stream", "i", Work),
    ("proxy_close_stream", "i", Trap),
    ("proxy_resume_http_stream", "i", Trap),
    ("proxy_continue_request", "", Work),
    ("proxy_continue_response", "", Trap),
    ("proxy_send_http_response", "iiiiiiii", Work),
    ("proxy_send_local_response", "iiiiiiii", Work),
    ("proxy_dispatch_http_call", "iiiiiiiiii", Work),
    ("proxy_http_call", "iiiiiiiiii", Work),
    ("proxy_dispatch_grpc_call", "iiiiiiiiiiii", Trap),
    ("proxy_grpc_call", "iiiiiiiiiiii", Trap),
    ("proxy_open_grpc_stream", "iiiiiiiii", Trap),
    ("proxy_grpc_stream", "iiiiiiiii", Trap),
    ("proxy_send_grpc_stream_message", "iii", Trap),
    ("proxy_grpc_send", "iiii", Trap),
    ("proxy_cancel_grpc_call", "i", Trap),
    ("proxy_grpc_cancel", "i", Trap),
    ("proxy_close_grpc_call", "i", Trap),
    ("proxy_grpc_close", "i", Trap),
    ("proxy_get_status", "iii", Trap),
    ("proxy_open_shared_kvstore", "iiii", Trap),
    ("proxy_get_shared_kvstore_key_values", "iiiiii", Trap),
    ("proxy_get_shared_data", "iiiii", Work),
    ("proxy_set_shared_kvstore_key_values", "iiiiii", Trap),
    ("proxy_set_shared_data", "iiiii", Work),
    ("proxy_add_shared_kvstore_key_values", "iiiiii", Trap),
    ("proxy_remove_shared_kvstore_key", "iiiiii", Trap),
    ("proxy_delete_shared_kvstore", "iiiiii", Trap),
    ("proxy_open_shared_queue", "iiii", Trap),
    ("proxy_register_shared_queue", "iii", Work),
    ("proxy_dequeue_shared_queue_item", "iii", Trap),
    ("proxy_dequeue_shared_queue", "iii", Work),
    ("proxy_enqueue_shared_queue_item", "iii", Trap),
    ("proxy_enqueue_shared_queue", "iii", Work),
    ("proxy_delete_shared_queue", "iiii", Trap),
    ("proxy_resolve_shared_queue", "iiiii", Trap),
    ("proxy_create_metric", "iiii", Trap),
    ("proxy_define_metric", "iiii", Work),
    ("proxy_get_metric_value", "ii", Trap),
    ("proxy_get_metric", "ii", Work),
    ("proxy_set_metric_value", "iI", Trap),
    ("proxy_record_metric", "iI", Work),
    ("proxy_increment_metric_value", "iI", Trap),
    ("proxy_increment_metric", "iI", Work),
    ("proxy_delete_metric", "i", Trap),
    ("proxy_call_custom_function", "iiiii", Trap),
    ("proxy_call_foreign_function", "iiiiii", Work),
    ("proxy_get_configuration", "ii", Work),
    ("proxy_clear_route_cache", "", Trap),
];

/// Of the module `wasi_snapshot_preview1`, on every WebAssembly runtime that NGINX can be built with.
pub(super) static WASI: [Row; 18] = [
    ("args_get", "ii", Work),
    ("args_sizes_get", "ii", Work),
    ("clock_time_get", "iIi", Work),
    ("environ_get", "ii", Work),
    ("environ_sizes_get", "ii", Work),
    ("fd_close", "i", Work),
    ("fd_fdstat_get", "ii", Work),
    ("fd_fdstat_set_flags", "ii", Work),
    ("fd_prestat_get", "ii", Work),
    ("fd_prestat_dir_name", "iii", Work),
    ("fd_read", "iiii", Work),
    ("fd_seek", "iIii", Work),
    ("fd_write", "iiii", Work),
    ("path_open", "iiiiiIIii", Work),
    ("proc_exit", "i", Trap),
    ("random_get", "ii", Work),
    ("sched_yield", "", Work),
    ("poll_oneoff", "iiii", Work),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AbiVersion;
    use crate::runner::code::Offered;

    /// So that no letter here is a slip: what both hosts offer has one type, but for one function.
    #[test]
    fn envoy_offers_the_same_types() {
        let modules = [("env", &ENV[..]), ("wasi_snapshot_preview1", &WASI[..])];
        let mut common = 0;
        let mut others = Vec::new();
        for (module, row) in
            modules.iter().flat_map(|(module, rows)| rows.iter().map(move |row| (module, row)))
        {
            let name = format!("{module}.{}", row.0);
            let envoy = AbiVersion::ALL.iter().find_map(|abi| Offered::to(*abi).signature(&name));
            common += usize::from(envoy.is_some());
            if envoy.is_some_and(|envoy| *envoy != signature(row)) {
                others.push(name);
            }
        }
        assert_eq!(others, ["env.proxy_get_log_level"]);
        assert_eq!(common, 59);
    }
}
