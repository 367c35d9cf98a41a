//! What hostcalls leave to do.

use super::message::LocalReply;

/// What a hostcall asked for, and the host does after the callback.
#[derive(Debug)]
pub(crate) struct Deferred {
    pub(crate) context_id: u32,
    pub(crate) what: What,
}

/// See [`Deferred`].
#[derive(Debug)]
pub(crate) enum What {
    ContinueRequest,
    ContinueResponse,
    Close,
    Reply(LocalReply),
    ContinueDownstream,
    CloseConnection,
    /// The plugin context ends.
    Delete,
    /// Of a call that could not even be made.
    GrpcClosed {
        token: u32,
        status: u32,
        message: String,
    },
}
