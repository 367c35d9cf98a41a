//! Callouts, and who waits for the answers.

mod grpc;
mod grpc_id;
mod grpc_service;
mod grpc_waiting;
mod http;
mod http_response;

use crate::hostcall;
pub use grpc::{AnswersGrpcCalls, GrpcCall, GrpcStream};
pub use grpc_id::{GrpcId, GrpcMessage};
pub use grpc_service::{
    GrpcService, serialize as serialize_grpc_service, size as grpc_service_size,
};
pub use grpc_waiting::forget_grpc_caller;
pub(crate) use grpc_waiting::{GrpcEvent, grpc_owner};
pub(crate) use http::http_call_owner;
pub use http::{AnswersHttpCalls, HttpCall, HttpCallId, forget_http_caller};
pub use http_response::HttpCallResponse;

/// Under which id it is noted that a stream waits and is not deleted: the host counts contexts and calls up, and
/// never so far.
///
/// A host knows a stream for some time after `proxy_on_delete`. Envoy crashes if it is to continue then.
#[inline(always)]
pub(crate) const fn note(context_id: u32) -> u32 {
    !context_id
}

/// What an answer to a callout is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    /// A stream, which is now the effective context.
    Stream(u32),
    /// A stream that is gone.
    Gone,
    /// No stream: the plugin, or nobody.
    Plugin,
}

impl Owner {
    #[inline(always)]
    pub(crate) fn enter(context_id: Option<u32>, lives: impl FnOnce(u32) -> bool) -> Self {
        match context_id {
            None => Self::Plugin,
            Some(context_id) if !lives(context_id) => Self::Gone,
            Some(context_id) => match hostcall::set_effective_context(context_id) {
                Ok(()) => Self::Stream(context_id),
                Err(_) => Self::Gone,
            },
        }
    }
}
