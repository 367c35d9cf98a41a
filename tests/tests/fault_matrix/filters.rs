//! Filters that do with an error otherwise than [`super::classes`] says, and why.

use super::effects::Effect::{self, *};

/// An exception.
pub struct Exception {
    filter: &'static str,
    /// A callback, without `proxy_on_`.
    callback: &'static str,
    /// Hostcalls, without `proxy_`.
    hostcalls: &'static [&'static str],
    pub effect: Effect,
    /// For who reads this.
    #[allow(dead_code)]
    reason: &'static str,
}

const fn but(
    filter: &'static str,
    callback: &'static str,
    hostcalls: &'static [&'static str],
    effect: Effect,
    reason: &'static str,
) -> Exception {
    Exception { filter, callback, hostcalls, effect, reason }
}

const NOT_WORTH_IT: &str = "better a message without it than none";
const NOBODY_KNOWS: &str = "who cannot be asked about may not pass, as the official example has it";
const WAITS: &str = "who may not pass waits, where the host does not take the answer either";
const COUNTS: &str = "where the host does not count, the filter does its work all the same";

#[rustfmt::skip]
pub const EXCEPTIONS: &[Exception] = &[
    but("access-log", "log", &["get_header_map_value", "get_property", "random_get"], GoesOn,
        "a line without a field is better than none"),
    but("add-header", "response_headers", &["add_header_map_value"], GoesOn, NOT_WORTH_IT),
    but("canary", "request_headers", &["get_header_map_value", "get_header_map_pairs",
        "replace_header_map_value", "remove_header_map_value", "random_get"], Passes,
        "its ON_ERROR: better a request without a variant than none"),
    but("canary", "response_headers", &["add_header_map_value"], Passes, "its ON_ERROR"),
    but("cors", "configure", &["define_metric"], GoesOn, COUNTS),
    but("ext-auth", "request_headers", &["http_call"], Answers(&["503"]),
        "nobody can say whether the request may pass; or it passes, if it is so configured"),
    but("ext-auth", "http_call_response", &["get_header_map_value"], Answers(&["503"]),
        "an answer without a status is none"),
    but("filter-metadata", "request_headers", &["get_property", "set_property",
        "send_local_response"], Absent, "as if there were no metadata"),
    but("grpc-auth-random", "request_headers", &["get_header_map_value"], Absent,
        "a type that cannot be read is not that of gRPC, nor a path one that needs no asking"),
    but("grpc-auth-random", "request_headers", &["grpc_call"], Answers(&["grpc 10"]), NOBODY_KNOWS),
    but("grpc-auth-random", "request_headers", &["send_local_response"], Closes, WAITS),
    but("grpc-auth-random", "grpc_receive", &["continue_stream"], Closes, WAITS),
    but("grpc-auth-random", "grpc_close", &["continue_stream", "send_local_response"], Closes, WAITS),
    but("grpc-auth-random", "response_headers", &["replace_header_map_value"], GoesOn, NOT_WORTH_IT),
    but("hello-world", "vm_start", &["set_tick_period_milliseconds"], Refuses, "its ticks are all it does"),
    but("hello-world", "tick", &["get_current_time_nanoseconds", "random_get"], GoesOn,
        "it says nothing this time"),
    but("http-auth-random", "request_headers", &["http_call"], Answers(&["403"]), NOBODY_KNOWS),
    but("http-auth-random", "request_headers", &["send_local_response"], Closes, WAITS),
    but("http-auth-random", "http_call_response", &["get_buffer_bytes"], Answers(&["403"]), NOBODY_KNOWS),
    but("http-auth-random", "http_call_response", &["continue_stream", "send_local_response"], Closes, WAITS),
    but("http-auth-random", "response_headers", &["replace_header_map_value"], GoesOn, NOT_WORTH_IT),
    but("http-body", "response_headers", &["remove_header_map_value"], Absent,
        "a length that stays is the upstream's: the client gets so much of the note"),
    but("http-body", "response_body", &["get_buffer_bytes", "set_buffer_bytes"], Absent,
        "a body that cannot be read passes, as in the official example"),
    but("http-config", "configure", &["get_buffer_bytes"], Refuses, "it says so in words of its own"),
    but("http-config", "response_headers", &["add_header_map_value"], GoesOn, NOT_WORTH_IT),
    but("http-headers", "request_headers", &["get_header_map_pairs", "send_local_response"], Absent,
        "of headers that cannot be had it logs none, and greets nobody"),
    but("http-headers", "response_headers", &["get_header_map_pairs"], GoesOn, "it logs none"),
    but("jwt", "request_headers", &["get_header_map_pairs", "add_header_map_value",
        "remove_header_map_value", "get_current_time_nanoseconds"], Answers(&["503"]),
        "the token may be a good one: nobody knows"),
    but("rate-limit", "request_headers", &["get_header_map_value", "get_header_map_pairs",
        "get_property", "get_shared_data", "set_shared_data", "get_current_time_nanoseconds"],
        Answers(&["200", "503"]), "it passes, and a later one in its place; or it fails, if so configured"),
    but("rate-limit", "response_headers", &["add_header_map_value", "replace_header_map_value"], GoesOn,
        NOT_WORTH_IT),
    but("redact", "response_body", &["get_buffer_bytes", "set_buffer_bytes"], Closes,
        "rather none of the rest than a part that was not read"),
    but("redact", "response_trailers", &["get_buffer_bytes", "get_buffer_status", "set_buffer_bytes",
        "close_stream"], Closes, "rather none of the rest than a part that was not read"),
    but("security-headers", "configure", &["define_metric"], GoesOn, COUNTS),
    but("security-headers", "request_headers", &["random_get"], GoesOn,
        "a policy that allows no script at all needs no nonce"),
    but("tcp-guard", "new_connection", &["get_property", "get_shared_data", "set_shared_data"], Closes,
        "who cannot be known or counted is not let in"),
    but("tcp-guard", "new_connection", &["close_stream"], GoesOn, "the connection is paused for ever"),
    but("tcp-guard", "downstream_data", &["close_stream"], GoesOn, "the connection is paused for ever"),
    but("tcp-guard", "upstream_data", &["close_stream"], GoesOn, "the connection is paused for ever"),
    but("tcp-guard", "delete", &["get_shared_data", "set_shared_data"], GoesOn,
        "it logs that a connection stays counted"),
    but("tcp-routing", "configure", &["get_buffer_bytes"], GoesOn, "it only logs its configuration"),
    but("tcp-routing", "new_connection", &["get_property", "call_foreign_function"], Absent,
        "the connection goes where it would without the plugin, as in the official example"),
];

/// The place of the exception for an error, if there is one.
pub fn exception(filter: &str, callback: &str, hostcall: &str) -> Option<usize> {
    let callback = callback.trim_start_matches("proxy_on_");
    let hostcall = hostcall.trim_start_matches("proxy_");
    EXCEPTIONS.iter().position(|exception| {
        exception.filter == filter
            && exception.callback == callback
            && exception.hostcalls.contains(&hostcall)
    })
}

/// How many exceptions a filter has.
pub fn places(filter: &str) -> impl Iterator<Item = usize> {
    let of_filter = move |(_, exception): &(usize, &Exception)| exception.filter == filter;
    EXCEPTIONS.iter().enumerate().filter(of_filter).map(|(place, _)| place)
}
