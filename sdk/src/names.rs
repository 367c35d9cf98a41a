//! Names of well-known fields, as [`Field`]s: lower case, checked, and with no typing
//! errors.
//!
//! ```
//! # use whit::prelude::*;
//! # struct Filter;
//! # impl HttpFilter for Filter {
//! fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
//!     if http.request_headers().get(names::METHOD)? == Some(b"TRACE") {
//!         return http.respond(405, [(names::ALLOW, "GET, POST")], b"");
//!     }
//!     Ok(Action::Continue)
//! }
//! # }
//! ```

use crate::field::Field;

macro_rules! names {
    ($($constant:ident $name:literal)*) => {$(
        #[doc = concat!("`", $name, "`")]
        pub const $constant: Field<'static> = Field::constant($name);
    )*};
}

names! {
    METHOD ":method"
    PATH ":path"
    AUTHORITY ":authority"
    SCHEME ":scheme"
    STATUS ":status"
    ACCEPT "accept"
    ACCEPT_ENCODING "accept-encoding"
    ACCESS_CONTROL_ALLOW_CREDENTIALS "access-control-allow-credentials"
    ACCESS_CONTROL_ALLOW_HEADERS "access-control-allow-headers"
    ACCESS_CONTROL_ALLOW_METHODS "access-control-allow-methods"
    ACCESS_CONTROL_ALLOW_ORIGIN "access-control-allow-origin"
    ACCESS_CONTROL_ALLOW_PRIVATE_NETWORK "access-control-allow-private-network"
    ACCESS_CONTROL_EXPOSE_HEADERS "access-control-expose-headers"
    ACCESS_CONTROL_MAX_AGE "access-control-max-age"
    ACCESS_CONTROL_REQUEST_HEADERS "access-control-request-headers"
    ACCESS_CONTROL_REQUEST_METHOD "access-control-request-method"
    ALLOW "allow"
    AUTHORIZATION "authorization"
    CACHE_CONTROL "cache-control"
    CONNECTION "connection"
    CONTENT_ENCODING "content-encoding"
    CONTENT_LENGTH "content-length"
    CONTENT_SECURITY_POLICY "content-security-policy"
    CONTENT_SECURITY_POLICY_REPORT_ONLY "content-security-policy-report-only"
    CONTENT_TYPE "content-type"
    COOKIE "cookie"
    CROSS_ORIGIN_EMBEDDER_POLICY "cross-origin-embedder-policy"
    CROSS_ORIGIN_OPENER_POLICY "cross-origin-opener-policy"
    CROSS_ORIGIN_RESOURCE_POLICY "cross-origin-resource-policy"
    ETAG "etag"
    FORWARDED "forwarded"
    GRPC_MESSAGE "grpc-message"
    GRPC_STATUS "grpc-status"
    HOST "host"
    IF_NONE_MATCH "if-none-match"
    LOCATION "location"
    ORIGIN "origin"
    PERMISSIONS_POLICY "permissions-policy"
    REFERER "referer"
    REFERRER_POLICY "referrer-policy"
    RETRY_AFTER "retry-after"
    SERVER "server"
    SET_COOKIE "set-cookie"
    STRICT_TRANSPORT_SECURITY "strict-transport-security"
    TE "te"
    TRANSFER_ENCODING "transfer-encoding"
    USER_AGENT "user-agent"
    VARY "vary"
    VIA "via"
    WWW_AUTHENTICATE "www-authenticate"
    X_CONTENT_TYPE_OPTIONS "x-content-type-options"
    X_ENVOY_ORIGINAL_PATH "x-envoy-original-path"
    X_FORWARDED_FOR "x-forwarded-for"
    X_FORWARDED_PROTO "x-forwarded-proto"
    X_FRAME_OPTIONS "x-frame-options"
    X_POWERED_BY "x-powered-by"
    X_REQUEST_ID "x-request-id"
}
