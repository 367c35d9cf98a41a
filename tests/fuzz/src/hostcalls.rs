//! The host's functions, and what their parameters are.

/// What one or two parameters are, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A number of 32 bits.
    Number,
    /// A number of 64 bits.
    Long,
    /// Bytes: address and size.
    Bytes,
    /// A field's name or value: address and size. It holds no CR, LF or NUL.
    Field,
    /// A serialized map of fields: address and size.
    Map,
    /// Where the host writes address and size of bytes that it returns.
    Returned,
    /// Where the host writes 32 bits.
    Word,
    /// Where the host writes 64 bits.
    LongWord,
    /// Room that the host fills: address and size.
    Room,
}

use Part::{Bytes, Field, Long, LongWord, Map, Number, Returned, Room, Word};

/// Those of ABI 0.2.1 and of WASI that plugins here import: module, name, parameters.
pub(crate) const HOSTCALLS: &[(&str, &str, &[Part])] = &[
    ("env", "proxy_done", &[]),
    ("env", "proxy_set_effective_context", &[Number]),
    ("env", "proxy_log", &[Number, Bytes]),
    ("env", "proxy_get_log_level", &[Word]),
    ("env", "proxy_get_current_time_nanoseconds", &[LongWord]),
    ("env", "proxy_set_tick_period_milliseconds", &[Number]),
    ("env", "proxy_set_buffer_bytes", &[Number, Number, Number, Bytes]),
    ("env", "proxy_get_buffer_bytes", &[Number, Number, Number, Returned]),
    ("env", "proxy_get_buffer_status", &[Number, Word, Word]),
    ("env", "proxy_get_header_map_size", &[Number, Word]),
    ("env", "proxy_get_header_map_pairs", &[Number, Returned]),
    ("env", "proxy_set_header_map_pairs", &[Number, Map]),
    ("env", "proxy_get_header_map_value", &[Number, Field, Returned]),
    ("env", "proxy_add_header_map_value", &[Number, Field, Field]),
    ("env", "proxy_replace_header_map_value", &[Number, Field, Field]),
    ("env", "proxy_remove_header_map_value", &[Number, Field]),
    ("env", "proxy_continue_stream", &[Number]),
    ("env", "proxy_close_stream", &[Number]),
    ("env", "proxy_get_status", &[Word, Returned]),
    ("env", "proxy_send_local_response", &[Number, Bytes, Bytes, Map, Number]),
    ("env", "proxy_http_call", &[Bytes, Map, Bytes, Map, Number, Word]),
    ("env", "proxy_grpc_call", &[Bytes, Bytes, Bytes, Map, Bytes, Number, Word]),
    ("env", "proxy_grpc_stream", &[Bytes, Bytes, Bytes, Map, Word]),
    ("env", "proxy_grpc_send", &[Number, Bytes, Number]),
    ("env", "proxy_grpc_cancel", &[Number]),
    ("env", "proxy_grpc_close", &[Number]),
    ("env", "proxy_set_shared_data", &[Bytes, Bytes, Number]),
    ("env", "proxy_get_shared_data", &[Bytes, Returned, Word]),
    ("env", "proxy_register_shared_queue", &[Bytes, Word]),
    ("env", "proxy_resolve_shared_queue", &[Bytes, Bytes, Word]),
    ("env", "proxy_enqueue_shared_queue", &[Number, Bytes]),
    ("env", "proxy_dequeue_shared_queue", &[Number, Returned]),
    ("env", "proxy_define_metric", &[Number, Bytes, Word]),
    ("env", "proxy_record_metric", &[Number, Long]),
    ("env", "proxy_increment_metric", &[Number, Long]),
    ("env", "proxy_get_metric", &[Number, LongWord]),
    ("env", "proxy_get_property", &[Bytes, Returned]),
    ("env", "proxy_set_property", &[Bytes, Bytes]),
    ("env", "proxy_call_foreign_function", &[Bytes, Bytes, Returned]),
    ("wasi_snapshot_preview1", "clock_time_get", &[Number, Long, LongWord]),
    ("wasi_snapshot_preview1", "random_get", &[Room]),
];

impl Part {
    /// The types of its parameters, in WebAssembly's text.
    pub(crate) fn types(self) -> &'static str {
        match self {
            Number | Word | LongWord => "i32",
            Long => "i64",
            Bytes | Field | Map | Returned | Room => "i32 i32",
        }
    }

    /// How many parameters it has.
    pub(crate) fn count(self) -> usize {
        self.types().split(' ').count()
    }
}
