//! The names and signatures of the ABI, as Envoy looks for them.

use std::fmt;

use super::shape::{Shape, shape};

/// The ABI version that a module speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::upper_case_acronyms)]
pub enum AbiVersion {
    /// `proxy_abi_version_0_1_0`
    V0_1_0,
    /// `proxy_abi_version_0_2_0`
    V0_2_0,
    /// `proxy_abi_version_0_2_1`
    V0_2_1,
}

impl AbiVersion {
    pub(crate) const ALL: [Self; 3] = [Self::V0_1_0, Self::V0_2_0, Self::V0_2_1];

    /// The arguments of `proxy_on_request_headers` and its like, of which the first version has one less.
    pub(crate) fn headers_args(self, args: &[u32; 3]) -> &[u32] {
        match self {
            Self::V0_1_0 => &args[..2],
            Self::V0_2_0 | Self::V0_2_1 => args,
        }
    }

    /// The export that marks it.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::V0_1_0 => "proxy_abi_version_0_1_0",
            Self::V0_2_0 => "proxy_abi_version_0_2_0",
            Self::V0_2_1 => "proxy_abi_version_0_2_1",
        }
    }
}

impl fmt::Display for AbiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V0_1_0 => "0.1.0",
            Self::V0_2_0 => "0.2.0",
            Self::V0_2_1 => "0.2.1",
        })
    }
}

pub(crate) const INITIALIZE: &Shape = &shape!("_initialize", ());
pub(crate) const MAIN: &Shape = &shape!("main", (argc: Number, argv: Address) -> Number);
pub(crate) const MAIN_VOID: &Shape = &shape!("__main_void", () -> Number);
pub(crate) const START: &Shape = &shape!("_start", ());
/// In the order in which Envoy looks; the spec has the reverse.
pub(crate) const ALLOCATORS: [&Shape; 2] = [
    &shape!("malloc", (size: Number) -> Address),
    &shape!("proxy_on_memory_allocate", (memory_size: Number) -> Address),
];

/// Declares callbacks by their shapes.
macro_rules! callbacks {
    ($($name:ident ( $($param:ident : $kind:ident),* $(,)? ) $(-> $result:ident)?;)*) => {
        &[$(&shape!(stringify!($name), ($($param: $kind),*) $(-> $result)?)),*]
    };
}

/// The callbacks, in the order in which Envoy looks them up and so reports what is wrong.
pub(crate) fn callbacks(abi: AbiVersion) -> impl Iterator<Item = &'static Shape> {
    const COMMON: &[&Shape] = callbacks! {
        proxy_validate_configuration(plugin_context_id: Context, configuration_size: Number) -> Bool;
        proxy_on_vm_start(plugin_context_id: Context, vm_configuration_size: Number) -> Bool;
        proxy_on_configure(plugin_context_id: Context, plugin_configuration_size: Number) -> Bool;
        proxy_on_tick(plugin_context_id: Context);
        proxy_on_context_create(context_id: Context, parent_context_id: Number);
        proxy_on_new_connection(stream_context_id: Context) -> Action;
        proxy_on_downstream_data(
            stream_context_id: Context, data_size: Number, end_of_stream: Bool
        ) -> Action;
        proxy_on_upstream_data(
            stream_context_id: Context, data_size: Number, end_of_stream: Bool
        ) -> Action;
        proxy_on_downstream_connection_close(stream_context_id: Context, close_source: Peer);
        proxy_on_upstream_connection_close(stream_context_id: Context, close_source: Peer);
        proxy_on_request_body(
            stream_context_id: Context, body_size: Number, end_of_stream: Bool
        ) -> Action;
        proxy_on_request_trailers(stream_context_id: Context, num_trailers: Number) -> Action;
        proxy_on_request_metadata(stream_context_id: Context, num_elements: Number) -> Action;
        proxy_on_response_body(
            stream_context_id: Context, body_size: Number, end_of_stream: Bool
        ) -> Action;
        proxy_on_response_trailers(stream_context_id: Context, num_trailers: Number) -> Action;
        proxy_on_response_metadata(stream_context_id: Context, num_elements: Number) -> Action;
        proxy_on_http_call_response(
            plugin_context_id: Context, call_id: Number, num_headers: Number, body_size: Number,
            num_trailers: Number
        );
        proxy_on_grpc_receive(plugin_context_id: Context, call_id: Number, message_size: Number);
        proxy_on_grpc_close(plugin_context_id: Context, call_id: Number, status_code: GrpcStatus);
        proxy_on_grpc_receive_initial_metadata(
            plugin_context_id: Context, call_id: Number, num_elements: Number
        );
        proxy_on_grpc_receive_trailing_metadata(
            plugin_context_id: Context, call_id: Number, num_elements: Number
        );
        proxy_on_queue_ready(plugin_context_id: Context, queue_id: Number);
        proxy_on_done(context_id: Context) -> Bool;
        proxy_on_log(context_id: Context);
        proxy_on_delete(context_id: Context);
    };
    const V0_1_0: &[&Shape] = callbacks! {
        proxy_on_request_headers(stream_context_id: Context, num_headers: Number) -> Action;
        proxy_on_response_headers(stream_context_id: Context, num_headers: Number) -> Action;
    };
    const V0_2: &[&Shape] = callbacks! {
        proxy_on_request_headers(
            stream_context_id: Context, num_headers: Number, end_of_stream: Bool
        ) -> Action;
        proxy_on_response_headers(
            stream_context_id: Context, num_headers: Number, end_of_stream: Bool
        ) -> Action;
        proxy_on_foreign_function(
            plugin_context_id: Context, function_id: Number, arguments_size: Number
        );
    };
    const ENVOY: &[&Shape] = callbacks! {
        envoy_on_resolve_dns(plugin_context_id: Context, token: Number, data_size: Number);
        envoy_on_stats_update(plugin_context_id: Context, data_size: Number);
    };

    let versioned = match abi {
        AbiVersion::V0_1_0 => V0_1_0,
        AbiVersion::V0_2_0 | AbiVersion::V0_2_1 => V0_2,
    };
    COMMON.iter().chain(versioned).chain(ENVOY).copied()
}

/// What a hostcall answers: the spec's `proxy_status_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)]
pub enum Status {
    Ok = 0,
    NotFound = 1,
    BadArgument = 2,
    SerializationFailure = 3,
    ParseFailure = 4,
    InvalidMemoryAccess = 6,
    Empty = 7,
    CasMismatch = 8,
    InternalFailure = 10,
    BrokenConnection = 11,
    Unimplemented = 12,
}
