//! The spec's names of numbers, and a few that only hosts know.

/// Numbers and their names.
pub(crate) type Names = &'static [(u32, &'static str)];

/// The name of a number, if it has one.
pub(crate) fn name(names: Names, number: u32) -> Option<&'static str> {
    names.iter().find(|(found, _)| *found == number).map(|(_, name)| *name)
}

/// Those beyond 1 are Envoy's.
pub(crate) const ACTIONS: Names =
    &[(0, "CONTINUE"), (1, "PAUSE"), (2, "END_STREAM"), (3, "STOP_ALL"), (4, "STOP_ALL_WATERMARK")];

pub(crate) const BUFFERS: Names = &[
    (0, "HTTP_REQUEST_BODY"),
    (1, "HTTP_RESPONSE_BODY"),
    (2, "DOWNSTREAM_DATA"),
    (3, "UPSTREAM_DATA"),
    (4, "HTTP_CALL_RESPONSE_BODY"),
    (5, "GRPC_CALL_MESSAGE"),
    (6, "VM_CONFIGURATION"),
    (7, "PLUGIN_CONFIGURATION"),
    (8, "FOREIGN_FUNCTION_ARGUMENTS"),
];

pub(crate) const CLOCKS: Names = &[(0, "REALTIME"), (1, "MONOTONIC")];

pub(crate) const ERRNOS: Names = &[
    (0, "SUCCESS"),
    (8, "BADF"),
    (20, "NOTDIR"),
    (21, "FAULT"),
    (28, "INVAL"),
    (44, "NOENT"),
    (52, "NOSYS"),
    (58, "NOTSUP"),
    (76, "NOTCAPABLE"),
];

pub(crate) const FILES: Names = &[(1, "STDOUT"), (2, "STDERR")];

pub(crate) const GRPC_STATUSES: Names = &[
    (0, "OK"),
    (1, "CANCELLED"),
    (2, "UNKNOWN"),
    (3, "INVALID_ARGUMENT"),
    (4, "DEADLINE_EXCEEDED"),
    (5, "NOT_FOUND"),
    (6, "ALREADY_EXISTS"),
    (7, "PERMISSION_DENIED"),
    (8, "RESOURCE_EXHAUSTED"),
    (9, "FAILED_PRECONDITION"),
    (10, "ABORTED"),
    (11, "OUT_OF_RANGE"),
    (12, "UNIMPLEMENTED"),
    (13, "INTERNAL"),
    (14, "UNAVAILABLE"),
    (15, "DATA_LOSS"),
    (16, "UNAUTHENTICATED"),
];

pub(crate) const LEVELS: Names =
    &[(0, "TRACE"), (1, "DEBUG"), (2, "INFO"), (3, "WARN"), (4, "ERROR"), (5, "CRITICAL")];

pub(crate) const MAPS: Names = &[
    (0, "HTTP_REQUEST_HEADERS"),
    (1, "HTTP_REQUEST_TRAILERS"),
    (2, "HTTP_RESPONSE_HEADERS"),
    (3, "HTTP_RESPONSE_TRAILERS"),
    (4, "GRPC_CALL_INITIAL_METADATA"),
    (5, "GRPC_CALL_TRAILING_METADATA"),
    (6, "HTTP_CALL_RESPONSE_HEADERS"),
    (7, "HTTP_CALL_RESPONSE_TRAILERS"),
];

pub(crate) const METRICS: Names = &[(0, "COUNTER"), (1, "GAUGE"), (2, "HISTOGRAM")];

pub(crate) const PEERS: Names = &[(0, "UNKNOWN"), (1, "LOCAL"), (2, "REMOTE")];

/// 5, 9 and 11 are not the spec's.
pub(crate) const STATUSES: Names = &[
    (0, "OK"),
    (1, "NOT_FOUND"),
    (2, "BAD_ARGUMENT"),
    (3, "SERIALIZATION_FAILURE"),
    (4, "PARSE_FAILURE"),
    (5, "BAD_EXPRESSION"),
    (6, "INVALID_MEMORY_ACCESS"),
    (7, "EMPTY"),
    (8, "CAS_MISMATCH"),
    (9, "RESULT_MISMATCH"),
    (10, "INTERNAL_FAILURE"),
    (11, "BROKEN_CONNECTION"),
    (12, "UNIMPLEMENTED"),
];

pub(crate) const STREAMS: Names =
    &[(0, "HTTP_REQUEST"), (1, "HTTP_RESPONSE"), (2, "DOWNSTREAM"), (3, "UPSTREAM")];

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = include_str!("../../../sdk/tests/spec-0.2.1.txt");

    #[test]
    fn names_are_the_specs() {
        for (kind, names) in [
            ("proxy_action_t", ACTIONS),
            ("proxy_buffer_type_t", BUFFERS),
            ("proxy_log_level_t", LEVELS),
            ("proxy_map_type_t", MAPS),
            ("proxy_metric_type_t", METRICS),
            ("proxy_peer_type_t", PEERS),
            ("proxy_status_t", STATUSES),
            ("proxy_stream_type_t", STREAMS),
            ("wasi_clock_id_t", CLOCKS),
            ("wasi_errno_t", ERRNOS),
            ("wasi_fd_id_t", FILES),
        ] {
            let start = format!("{kind} ");
            let listed: Vec<_> =
                SPEC.lines().filter_map(|line| line.strip_prefix(&start)).collect();
            assert!(!listed.is_empty(), "{kind}");
            for line in listed {
                let (listed, number) = line.split_once(' ').expect("a name and a number");
                let number = number.parse().expect("a number");
                assert_eq!(name(names, number), Some(listed), "{kind}");
            }
        }
    }
}
