//! What a plugin on Whit makes of the statuses that hostcalls answer with, by class of hostcall.
//!
//! Whatever the class, a host that says OK and does nothing may have any effect but a trap. In the rest of this
//! table, "let out" is what `?` does (`whit::guide::errors`), and [`super::filters`] names each filter that does
//! otherwise.

use super::effects::Effect::{self, Absent, GoesOn, LetOut};

/// Hostcalls of which a plugin makes the same.
pub struct Class {
    pub what: &'static str,
    pub hostcalls: &'static [&'static str],
    /// Statuses that are no errors: what is asked for is not there, or is to be tried again.
    pub no_errors: &'static [u32],
    /// What becomes of the others.
    pub error: Effect,
}

const OK: u32 = 0;
const NOT_FOUND: u32 = 1;
const EMPTY: u32 = 7;
const CAS_MISMATCH: u32 = 8;

const fn class(
    what: &'static str,
    hostcalls: &'static [&'static str],
    no_errors: &'static [u32],
    error: Effect,
) -> Class {
    Class { what, hostcalls, no_errors, error }
}

#[rustfmt::skip]
pub const CLASSES: [Class; 17] = [
    class("value of a map", &["proxy_get_header_map_value"], &[NOT_FOUND], LetOut),
    class("a whole map", &["proxy_get_header_map_pairs", "proxy_get_header_map_size"], &[], LetOut),
    class("change of a map", &["proxy_add_header_map_value", "proxy_replace_header_map_value",
        "proxy_remove_header_map_value", "proxy_set_header_map_pairs"], &[], LetOut),
    class("buffer", &["proxy_get_buffer_bytes", "proxy_get_buffer_status"], &[], LetOut),
    class("change of a buffer", &["proxy_set_buffer_bytes"], &[], LetOut),
    class("property", &["proxy_get_property"], &[NOT_FOUND], LetOut),
    class("change of a property", &["proxy_set_property"], &[], LetOut),
    class("shared data", &["proxy_get_shared_data"], &[NOT_FOUND], LetOut),
    class("change of shared data", &["proxy_set_shared_data"], &[CAS_MISMATCH], LetOut),
    class("queue", &["proxy_register_shared_queue", "proxy_resolve_shared_queue",
        "proxy_enqueue_shared_queue", "proxy_dequeue_shared_queue"], &[NOT_FOUND, EMPTY], LetOut),
    class("reply and flow", &["proxy_send_local_response", "proxy_continue_stream", "proxy_close_stream"],
        &[], LetOut),
    class("call", &["proxy_http_call", "proxy_grpc_call", "proxy_grpc_stream", "proxy_grpc_send",
        "proxy_grpc_close", "proxy_grpc_cancel", "proxy_call_foreign_function"], &[], LetOut),
    // The stream that has asked is gone, and the answer is dropped.
    class("context of an answer", &["proxy_set_effective_context"], &[], Absent),
    class("a metric's definition, ticks", &["proxy_define_metric",
        "proxy_set_tick_period_milliseconds"], &[], LetOut),
    class("clock, chance", &["proxy_get_current_time_nanoseconds", "clock_time_get", "random_get"],
        &[], LetOut),
    // What only tells of the traffic does not stop it.
    class("metric", &["proxy_increment_metric", "proxy_record_metric", "proxy_get_metric"], &[], GoesOn),
    class("log", &["proxy_log", "proxy_get_log_level"], &[], GoesOn),
];

/// The class of a hostcall.
pub fn of(hostcall: &str) -> &'static Class {
    let class = CLASSES.iter().find(|class| class.hostcalls.contains(&hostcall));
    class.unwrap_or_else(|| panic!("{hostcall} is in no class: add it to one"))
}

/// What a hostcall that answers with this status comes to, by default; `None` for whatever it may be.
pub fn effect(callback: &str, hostcall: &str, status: u32) -> Option<Effect> {
    let class = of(hostcall);
    match status {
        OK => None,
        // While a plugin starts it makes data, compared with nothing.
        CAS_MISMATCH if callback == "proxy_on_configure" => Some(class.error),
        status if class.no_errors.contains(&status) => Some(Absent),
        _ => Some(class.error),
    }
}
