//! Properties of the host's: paths and the types of their values.

use core::marker::PhantomData;
use core::time::Duration;

use crate::pairs::Pairs;
use crate::status::{Result, Status};
use crate::time::Timestamp;

/// The path of a property, with the type of its value: `[u8]` unless something else is said.
///
/// [`property!`](crate::property!) makes one of constant segments; [`Property::new`] takes a path as it
/// goes to the host, with a NUL between segments.
///
/// Properties are the host's own. The [well-known ones](self) are Envoy's; ngx_wasm_module gives
/// every value as text.
///
/// Spec: "Properties".
#[derive(Debug)]
pub struct Property<'p, T: ?Sized = [u8]> {
    path: &'p [u8],
    value: PhantomData<fn() -> *const T>,
}

impl<T: ?Sized> Clone for Property<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Property<'_, T> {}

impl<'p, T: ?Sized> Property<'p, T> {
    /// A property by its path, whose segments are joined by NUL.
    ///
    /// ```
    /// use whit::property::Property;
    /// let status: Property<'_, i64> = Property::new(b"response\0code");
    /// ```
    #[inline(always)]
    pub const fn new(path: &'p [u8]) -> Self {
        Self { path, value: PhantomData }
    }

    /// The path.
    #[inline(always)]
    pub const fn path(self) -> &'p [u8] {
        self.path
    }

    /// The same property, with a value of another type.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// let cost = property!("metadata", "filter_metadata", "example", "cost").of::<f64>();
    /// let cost: Option<f64> = http.property(cost)?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    #[inline(always)]
    pub const fn of<U: ?Sized>(self) -> Property<'p, U> {
        Property::new(self.path)
    }
}

/// A [`Property`](crate::property::Property) of constant segments.
///
/// ```
/// use whit::property;
/// let property = property!("metadata", "filter_metadata", "envoy.filters.http.lua", "key");
/// assert_eq!(property!("request", "size").path(), b"request\0size");
/// let size = property!("request", "size").of::<i64>();
/// ```
#[macro_export]
macro_rules! property {
    ($first:literal $(, $segment:literal)* $(,)?) => {
        $crate::property::Property::<'static, [u8]>::new(
            ::core::concat!($first $(, "\0", $segment)*).as_bytes(),
        )
    };
}

/// A type that a property's value can have.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
/// let port: Option<i64> = http.property(property::SOURCE_PORT)?;
/// let mutual: Option<bool> = http.property(property::CONNECTION_MTLS)?;
/// let path: Option<&[u8]> = http.property(property::REQUEST_PATH)?;
/// # Ok(Action::Continue)
/// # }
/// # }
/// ```
pub trait FromProperty: Sealed {
    /// What is read.
    type Value<'a>;

    #[doc(hidden)]
    fn from_property(bytes: &[u8]) -> Result<Self::Value<'_>>;
}

/// Whoever reads values knows their encodings.
pub trait Sealed {}

impl Sealed for [u8] {}
/// A string, a message, or whatever it is: its bytes.
impl FromProperty for [u8] {
    type Value<'a> = &'a [u8];

    #[inline(always)]
    fn from_property(bytes: &[u8]) -> Result<&[u8]> {
        Ok(bytes)
    }
}

#[inline(always)]
fn word(bytes: &[u8]) -> Result<u64> {
    let word = <[u8; 8]>::try_from(bytes).map_err(|_| Status::BAD_ARGUMENT)?;
    Ok(u64::from_le_bytes(word))
}

macro_rules! words {
    ($($type:ty, $doc:literal, $word:ident => $value:expr;)*) => {$(
        impl Sealed for $type {}
        #[doc = $doc]
        impl FromProperty for $type {
            type Value<'a> = Self;

            #[inline(always)]
            fn from_property(bytes: &[u8]) -> Result<Self> {
                word(bytes).map(|$word| $value)
            }
        }
    )*};
}

words! {
    i64, "A signed number.", word => word.cast_signed();
    u64, "An unsigned number.", word => word;
    f64, "A floating-point number.", word => Self::from_bits(word);
    Timestamp, "A time.", word => Self::from_nanos(word);
    Duration, "A duration, not a negative one.", word => Self::from_nanos(word);
}

impl Sealed for bool {}
/// A byte that is not zero.
impl FromProperty for bool {
    type Value<'a> = Self;

    #[inline(always)]
    fn from_property(bytes: &[u8]) -> Result<Self> {
        match bytes {
            [byte] => Ok(*byte != 0),
            _ => Err(Status::BAD_ARGUMENT),
        }
    }
}

impl Sealed for Pairs<'_> {}
/// A map or a list, as names and values.
impl FromProperty for Pairs<'_> {
    type Value<'a> = Pairs<'a>;

    #[inline(always)]
    fn from_property(bytes: &[u8]) -> Result<Pairs<'_>> {
        Pairs::new(bytes)
    }
}

macro_rules! well_known {
    ($($(#[$attr:meta])* $name:ident: $type:ty = $path:literal;)*) => {$(
        $(#[$attr])*
        #[doc = concat!("\n\nPath: `", $path, "`, with NUL for each dot.")]
        pub const $name: Property<'static, $type> = {
            const SIZE: usize = $path.len();
            const PATH: [u8; SIZE] = nul_for_dots($path.as_bytes());
            Property::new(&PATH)
        };
    )*
        #[cfg(test)]
        const ALL: &[&str] = &[$($path),*];
    };
}

const fn nul_for_dots<const SIZE: usize>(text: &[u8]) -> [u8; SIZE] {
    let mut path = [0; SIZE];
    let mut i = 0;
    while i < SIZE {
        #[allow(clippy::indexing_slicing)] // At compile time.
        {
            path[i] = if text[i] == b'.' { 0 } else { text[i] };
        }
        i = i.wrapping_add(1);
    }
    path
}

well_known! {
    /// The plugin's name in the host's configuration.
    PLUGIN_NAME: [u8] = "plugin_name";
    /// The plugin's root id in the host's configuration.
    PLUGIN_ROOT_ID: [u8] = "plugin_root_id";
    /// The id of the VM.
    PLUGIN_VM_ID: [u8] = "plugin_vm_id";
    /// The name of the cluster that the route leads to.
    CLUSTER_NAME: [u8] = "xds.cluster_name";
    /// The name of the route.
    ROUTE_NAME: [u8] = "xds.route_name";
    /// The name of the route's virtual host.
    VIRTUAL_HOST_NAME: [u8] = "xds.virtual_host_name";
    /// The name of the listener's filter chain.
    FILTER_CHAIN_NAME: [u8] = "xds.filter_chain_name";
    /// 1 for an inbound listener, 2 for an outbound one, 0 for neither.
    LISTENER_DIRECTION: i64 = "xds.listener_direction";
    /// The id of Envoy's node.
    NODE_ID: [u8] = "xds.node.id";
    /// The cluster of Envoy's node.
    NODE_CLUSTER: [u8] = "xds.node.cluster";
    /// The path, with the query.
    REQUEST_PATH: [u8] = "request.path";
    /// The path, without the query.
    REQUEST_URL_PATH: [u8] = "request.url_path";
    /// The query.
    REQUEST_QUERY: [u8] = "request.query";
    /// The authority.
    REQUEST_HOST: [u8] = "request.host";
    /// The scheme.
    REQUEST_SCHEME: [u8] = "request.scheme";
    /// The method.
    REQUEST_METHOD: [u8] = "request.method";
    /// The header `x-request-id`.
    REQUEST_ID: [u8] = "request.id";
    /// The header `referer`.
    REQUEST_REFERER: [u8] = "request.referer";
    /// The header `user-agent`.
    REQUEST_USERAGENT: [u8] = "request.useragent";
    /// `HTTP/1.0`, `HTTP/1.1`, `HTTP/2` or `HTTP/3`.
    REQUEST_PROTOCOL: [u8] = "request.protocol";
    /// When its first byte came.
    REQUEST_TIME: Timestamp = "request.time";
    /// How long it took, once it is complete.
    REQUEST_DURATION: Duration = "request.duration";
    /// The bytes of its body.
    REQUEST_SIZE: i64 = "request.size";
    /// The bytes of its headers, body and trailers.
    REQUEST_TOTAL_SIZE: i64 = "request.total_size";
    /// All its headers.
    REQUEST_HEADERS: Pairs<'static> = "request.headers";
    /// The response's status.
    RESPONSE_CODE: i64 = "response.code";
    /// What Envoy says about how the status came to be.
    RESPONSE_CODE_DETAILS: [u8] = "response.code_details";
    /// Envoy's response flags, as a bit set.
    RESPONSE_FLAGS: i64 = "response.flags";
    /// The gRPC status.
    RESPONSE_GRPC_STATUS: i64 = "response.grpc_status";
    /// The bytes of the response's body.
    RESPONSE_SIZE: i64 = "response.size";
    /// The bytes of the response's headers, body and trailers.
    RESPONSE_TOTAL_SIZE: i64 = "response.total_size";
    /// All its headers.
    RESPONSE_HEADERS: Pairs<'static> = "response.headers";
    /// All its trailers.
    RESPONSE_TRAILERS: Pairs<'static> = "response.trailers";
    /// The client's address, with the port.
    SOURCE_ADDRESS: [u8] = "source.address";
    /// The client's port.
    SOURCE_PORT: i64 = "source.port";
    /// The address that the client connected to, with the port.
    DESTINATION_ADDRESS: [u8] = "destination.address";
    /// The port that the client connected to.
    DESTINATION_PORT: i64 = "destination.port";
    /// The connection's id.
    CONNECTION_ID: u64 = "connection.id";
    /// Whether the client's certificate was validated.
    CONNECTION_MTLS: bool = "connection.mtls";
    /// The name that the client asked for (SNI).
    CONNECTION_REQUESTED_SERVER_NAME: [u8] = "connection.requested_server_name";
    /// The version of TLS.
    CONNECTION_TLS_VERSION: [u8] = "connection.tls_version";
    /// The subject of the local certificate.
    CONNECTION_SUBJECT_LOCAL_CERTIFICATE: [u8] = "connection.subject_local_certificate";
    /// The subject of the client's certificate.
    CONNECTION_SUBJECT_PEER_CERTIFICATE: [u8] = "connection.subject_peer_certificate";
    /// The first DNS name of the local certificate.
    CONNECTION_DNS_SAN_LOCAL_CERTIFICATE: [u8] = "connection.dns_san_local_certificate";
    /// The first DNS name of the client's certificate.
    CONNECTION_DNS_SAN_PEER_CERTIFICATE: [u8] = "connection.dns_san_peer_certificate";
    /// The first URI of the local certificate.
    CONNECTION_URI_SAN_LOCAL_CERTIFICATE: [u8] = "connection.uri_san_local_certificate";
    /// The first URI of the client's certificate.
    CONNECTION_URI_SAN_PEER_CERTIFICATE: [u8] = "connection.uri_san_peer_certificate";
    /// The SHA-256 digest of the client's certificate.
    CONNECTION_SHA256_PEER_CERTIFICATE_DIGEST: [u8] = "connection.sha256_peer_certificate_digest";
    /// The upstream's address, with the port.
    UPSTREAM_ADDRESS: [u8] = "upstream.address";
    /// The upstream's port.
    UPSTREAM_PORT: i64 = "upstream.port";
    /// The local address of the upstream connection.
    UPSTREAM_LOCAL_ADDRESS: [u8] = "upstream.local_address";
    /// The local port of the upstream connection.
    UPSTREAM_LOCAL_PORT: i64 = "upstream.local_port";
    /// The version of TLS to the upstream.
    UPSTREAM_TLS_VERSION: [u8] = "upstream.tls_version";
    /// The subject of the local certificate, to the upstream.
    UPSTREAM_SUBJECT_LOCAL_CERTIFICATE: [u8] = "upstream.subject_local_certificate";
    /// The subject of the upstream's certificate.
    UPSTREAM_SUBJECT_PEER_CERTIFICATE: [u8] = "upstream.subject_peer_certificate";
    /// The first DNS name of the local certificate, to the upstream.
    UPSTREAM_DNS_SAN_LOCAL_CERTIFICATE: [u8] = "upstream.dns_san_local_certificate";
    /// The first DNS name of the upstream's certificate.
    UPSTREAM_DNS_SAN_PEER_CERTIFICATE: [u8] = "upstream.dns_san_peer_certificate";
    /// The first URI of the local certificate, to the upstream.
    UPSTREAM_URI_SAN_LOCAL_CERTIFICATE: [u8] = "upstream.uri_san_local_certificate";
    /// The first URI of the upstream's certificate.
    UPSTREAM_URI_SAN_PEER_CERTIFICATE: [u8] = "upstream.uri_san_peer_certificate";
    /// The SHA-256 digest of the upstream's certificate.
    UPSTREAM_SHA256_PEER_CERTIFICATE_DIGEST: [u8] = "upstream.sha256_peer_certificate_digest";
    /// How often the request was sent.
    UPSTREAM_REQUEST_ATTEMPT_COUNT: i64 = "upstream.request_attempt_count";
    /// Why the upstream's transport failed.
    UPSTREAM_TRANSPORT_FAILURE_REASON: [u8] = "upstream.transport_failure_reason";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_segments_joined_by_nul() {
        assert_eq!(property!("a", "b.c", "d").path(), b"a\0b.c\0d");
        assert_eq!(REQUEST_SIZE.path(), b"request\0size");
        let mut all = ALL.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), ALL.len(), "each once");
    }

    #[test]
    fn a_value_of_another_shape_is_an_error() {
        assert_eq!(i64::from_property(&(-2_i64).to_le_bytes()), Ok(-2));
        assert_eq!(bool::from_property(&[1]), Ok(true));
        assert_eq!(Duration::from_property(&7_u64.to_le_bytes()), Ok(Duration::from_nanos(7)));
        assert_eq!(i64::from_property(b"1234567"), Err(Status::BAD_ARGUMENT));
        assert_eq!(bool::from_property(b""), Err(Status::BAD_ARGUMENT));
        assert!(Pairs::from_property(b"\xff\xff\xff\xff").is_err());
    }
}
