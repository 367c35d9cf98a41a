//! The names and signatures of the ABI, as Envoy looks for them.

use std::fmt;

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

/// An export that the host calls: all parameters and results are `i32`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export {
    pub(crate) name: &'static str,
    pub(crate) params: usize,
    pub(crate) results: usize,
}

const fn export(name: &'static str, params: usize, results: usize) -> Export {
    Export { name, params, results }
}

pub(crate) const INITIALIZE: Export = export("_initialize", 0, 0);
pub(crate) const MAIN: Export = export("main", 2, 1);
pub(crate) const MAIN_VOID: Export = export("__main_void", 0, 1);
pub(crate) const START: Export = export("_start", 0, 0);
/// In the order in which Envoy looks; the spec has the reverse.
pub(crate) const ALLOCATORS: [Export; 2] =
    [export("malloc", 1, 1), export("proxy_on_memory_allocate", 1, 1)];

/// The callbacks, in the order in which Envoy looks them up and so reports what is wrong.
pub(crate) fn callbacks(abi: AbiVersion) -> impl Iterator<Item = Export> {
    const COMMON: [Export; 25] = [
        export("proxy_validate_configuration", 2, 1),
        export("proxy_on_vm_start", 2, 1),
        export("proxy_on_configure", 2, 1),
        export("proxy_on_tick", 1, 0),
        export("proxy_on_context_create", 2, 0),
        export("proxy_on_new_connection", 1, 1),
        export("proxy_on_downstream_data", 3, 1),
        export("proxy_on_upstream_data", 3, 1),
        export("proxy_on_downstream_connection_close", 2, 0),
        export("proxy_on_upstream_connection_close", 2, 0),
        export("proxy_on_request_body", 3, 1),
        export("proxy_on_request_trailers", 2, 1),
        export("proxy_on_request_metadata", 2, 1),
        export("proxy_on_response_body", 3, 1),
        export("proxy_on_response_trailers", 2, 1),
        export("proxy_on_response_metadata", 2, 1),
        export("proxy_on_http_call_response", 5, 0),
        export("proxy_on_grpc_receive", 3, 0),
        export("proxy_on_grpc_close", 3, 0),
        export("proxy_on_grpc_receive_initial_metadata", 3, 0),
        export("proxy_on_grpc_receive_trailing_metadata", 3, 0),
        export("proxy_on_queue_ready", 2, 0),
        export("proxy_on_done", 1, 1),
        export("proxy_on_log", 1, 0),
        export("proxy_on_delete", 1, 0),
    ];
    const V0_1_0: [Export; 2] =
        [export("proxy_on_request_headers", 2, 1), export("proxy_on_response_headers", 2, 1)];
    const V0_2: [Export; 3] = [
        export("proxy_on_request_headers", 3, 1),
        export("proxy_on_response_headers", 3, 1),
        export("proxy_on_foreign_function", 3, 0),
    ];
    const ENVOY: [Export; 2] =
        [export("envoy_on_resolve_dns", 3, 0), export("envoy_on_stats_update", 2, 0)];

    let versioned: &'static [Export] = match abi {
        AbiVersion::V0_1_0 => &V0_1_0,
        AbiVersion::V0_2_0 | AbiVersion::V0_2_1 => &V0_2,
    };
    COMMON.iter().chain(versioned).chain(&ENVOY).copied()
}

/// What a hostcall answers: the spec's `proxy_status_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Status {
    Ok = 0,
    NotFound = 1,
    BadArgument = 2,
    SerializationFailure = 3,
    ParseFailure = 4,
    InvalidMemoryAccess = 6,
    Empty = 7,
    CasMismatch = 8,
    BrokenConnection = 9,
    InternalFailure = 10,
    Unimplemented = 12,
}
