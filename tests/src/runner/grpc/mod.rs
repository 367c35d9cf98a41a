//! gRPC: statuses, services, and calls that wait for their answers.

mod call;
mod events;
mod service;

pub use call::GrpcCall;
pub(crate) use call::{PendingGrpc, TIMED_OUT};
pub(crate) use service::{Target, target};

/// Statuses that Envoy gives by itself.
pub(crate) const INTERNAL: u32 = 13;
pub(crate) const UNAVAILABLE: u32 = 14;
/// The last one that Envoy knows.
pub(crate) const LAST: i32 = 16;

/// What Envoy makes of an HTTP status without a gRPC status.
pub(crate) fn status_of_http(status: u16) -> u32 {
    match status {
        400 => INTERNAL,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => UNAVAILABLE,
        _ => 2,
    }
}

/// Whether a content type is gRPC's.
pub(crate) fn is_content_type(value: &[u8]) -> bool {
    let rest = value.strip_prefix(b"application/grpc");
    rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'+'))
}

/// A message as `grpc-message` holds it.
pub(crate) fn percent_encode(message: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for &byte in message {
        if (b' '..b'~').contains(&byte) && byte != b'%' {
            encoded.push(byte);
        } else {
            encoded.extend(format!("%{byte:02X}").into_bytes());
        }
    }
    encoded
}
