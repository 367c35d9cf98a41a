//! Where gRPC calls go.

use crate::arena::{self, Callback};
use crate::log::Piece as _;
use crate::proto;
use crate::status::{Result, Status};

/// Where gRPC calls go: in Envoy a serialized `envoy.config.core.v3.GrpcService`.
///
/// Envoy takes a bare cluster name as well, but reads it as such a message first, and aborts on names
/// that happen to be one. So there is none here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrpcService<'s>(&'s [u8]);

impl<'s> GrpcService<'s> {
    /// Bytes that go to the host as they are: for another host, or a `GrpcService` with more than a
    /// cluster's name in it. Envoy aborts on some that are none.
    ///
    /// ```
    /// // A `GrpcService` with a header of its own, from a builder elsewhere.
    /// let bytes: &[u8] = b"\x0a\x06\x0a\x04auth";
    /// let service = whit::GrpcService::raw(bytes);
    /// assert_eq!(service, whit::grpc_service!("auth"));
    /// ```
    #[inline(always)]
    pub const fn raw(bytes: &'s [u8]) -> Self {
        Self(bytes)
    }

    /// What goes to the host.
    #[inline(always)]
    pub const fn as_bytes(self) -> &'s [u8] {
        self.0
    }

    /// `GrpcService { envoy_grpc: EnvoyGrpc { cluster_name } }`
    pub(crate) fn put_together(callback: Callback<'s>, cluster: &[u8]) -> Result<Self> {
        if cluster.is_empty() {
            return Err(Status::BAD_ARGUMENT);
        }
        let name = proto::Bytes(1, cluster);
        // A tag and a length before it.
        let (room, to) = arena::Room::of(name.size().wrapping_add(6))?;
        let size = proto::varint_size(cluster.len()).wrapping_add(1).wrapping_add(cluster.len());
        let to = name.write(proto::length(proto::tag(to, 1, proto::LENGTH), size));
        Ok(Self(room.text(callback, to)))
    }
}

/// The [`GrpcService`] behind a cluster of Envoy's, serialized at compile time.
///
/// ```
/// let service = whit::grpc_service!("auth");
/// assert_eq!(service.as_bytes(), b"\x0a\x06\x0a\x04auth");
/// ```
#[macro_export]
macro_rules! grpc_service {
    ($cluster:expr) => {{
        const __WHIT_CLUSTER: &[u8] = $cluster.as_bytes();
        const __WHIT_SERVICE: [u8; $crate::__::grpc_service_size(__WHIT_CLUSTER)] =
            $crate::__::serialize_grpc_service(__WHIT_CLUSTER);
        $crate::GrpcService::raw(&__WHIT_SERVICE)
    }};
}

/// The size of a serialized [`GrpcService`].
#[allow(clippy::arithmetic_side_effects)] // At compile time.
pub const fn size(cluster: &[u8]) -> usize {
    assert!(!cluster.is_empty(), "a cluster has a name");
    assert!(cluster.len() < 126, "a constant cluster name has less than 126 bytes");
    cluster.len() + 4
}

/// A serialized [`GrpcService`].
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // At compile time.
pub const fn serialize<const SIZE: usize>(cluster: &[u8]) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let length = cluster.len() as u8;
    (bytes[0], bytes[1], bytes[2], bytes[3]) = (0x0a, length + 2, 0x0a, length);
    let mut i = 0;
    while i < cluster.len() {
        bytes[4 + i] = cluster[i];
        i += 1;
    }
    bytes
}
