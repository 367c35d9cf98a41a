//! gRPC: its statuses.

/// What Envoy makes of an HTTP status without a gRPC status.
pub(crate) fn status_of_http(status: u16) -> u32 {
    match status {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    }
}
