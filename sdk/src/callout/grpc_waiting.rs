//! Who waits for gRPC callouts.

use super::{AnswersGrpcCalls, Owner, note};
use crate::slots::MANY;

#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) context_id: u32,
    /// Whether one message is the whole answer.
    pub(super) unary: bool,
}

crate::slots! {
    /// Which stream waits for which gRPC call or stream.
    pub(super) static GRPC_CALLS: Slots<Waiting, MANY>;
}

/// Who waits for a gRPC call or stream; no longer after this if it is over.
#[inline(always)]
pub(crate) fn grpc_owner<A: AnswersGrpcCalls>(id: u32, event: GrpcEvent) -> Owner {
    let context_id = grpc_context(id, event);
    Owner::enter((context_id != NOBODY).then_some(context_id), |context_id| {
        !A::NOTED || !GRPC_CALLS.get(note(context_id)).is_null()
    })
}

/// `proxy_on_delete`, for streams that are noted.
#[inline(always)]
pub fn forget_grpc_caller(context_id: u32) {
    GRPC_CALLS.remove(note(context_id));
}

/// An id that no host gives a context: it would have to count so far.
const NOBODY: u32 = u32::MAX;

/// The stream that waits, or [`NOBODY`]: one word, which a function can return without memory.
#[inline]
fn grpc_context(id: u32, event: GrpcEvent) -> u32 {
    let Some(waiting) = GRPC_CALLS.copy(id) else { return NOBODY };
    if matches!(event, GrpcEvent::Close) || (waiting.unary && matches!(event, GrpcEvent::Message)) {
        GRPC_CALLS.remove(id);
    }
    waiting.context_id
}

/// What happened to a gRPC call or stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GrpcEvent {
    Metadata,
    Message,
    Close,
}
