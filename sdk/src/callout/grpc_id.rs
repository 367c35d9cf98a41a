//! Gets messages to gRPC streams and from them.

use super::grpc_waiting::GRPC_CALLS;
use crate::arena::Callback;
use crate::buffer::Buffer;
use crate::hostcall;
use crate::status::Result;

/// The host's id of a gRPC call or stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct GrpcId(pub(crate) u32);

impl GrpcId {
    /// Sends a message on a stream; with `end_of_stream` it is the last.
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`](crate::Status::BAD_ARGUMENT): it is a call.
    /// - [`Status::NOT_FOUND`](crate::Status::NOT_FOUND): there is no such stream any more.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { stream: Option<GrpcId> }
    /// # impl HttpFilter for Filter {
    /// fn on_request_body(&mut self, http: &Http<'_>, _size: usize, end: bool) -> Result<Action> {
    ///     if let Some(stream) = self.stream {
    ///         stream.send(http.request_body().bytes()?, end)?;
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_grpc_send`.
    #[doc(alias = "proxy_grpc_send")]
    #[inline]
    pub fn send(self, message: &[u8], end_of_stream: bool) -> Result<()> {
        hostcall::grpc_send(self.0, message, end_of_stream.into())
    }

    /// Ends the plugin's side of a stream, or cancels a call. A stream still brings what the other side
    /// sends, until that closes.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`](crate::Status::NOT_FOUND): there is no such call or stream any more.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { stream: Option<GrpcId> }
    /// # impl HttpFilter for Filter {
    /// fn on_request_trailers(&mut self, _: &Http<'_>) -> Result<Action> {
    ///     if let Some(stream) = self.stream {
    ///         stream.close()?;
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_grpc_close`.
    #[doc(alias = "proxy_grpc_close")]
    #[inline]
    pub fn close(self) -> Result<()> {
        // Of a call nothing follows.
        if GRPC_CALLS.copy(self.0).is_some_and(|waiting| waiting.unary) {
            GRPC_CALLS.remove(self.0);
        }
        hostcall::grpc_close(self.0)
    }

    /// Cancels a call, or resets a stream. No callback about it follows.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`](crate::Status::NOT_FOUND): there is no such call or stream any more.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { stream: Option<GrpcId> }
    /// # impl HttpFilter for Filter {
    /// fn on_done(&mut self, _: &Http<'_>) -> bool {
    ///     if let Some(stream) = self.stream.take() {
    ///         let _ = stream.cancel();
    ///     }
    ///     true
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_grpc_cancel`.
    #[doc(alias = "proxy_grpc_cancel")]
    #[inline]
    pub fn cancel(self) -> Result<()> {
        GRPC_CALLS.remove(self.0);
        hostcall::grpc_cancel(self.0)
    }
}

/// A message that a gRPC call or stream brought: available in the callback that gets it.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// fn on_grpc_receive(&mut self, http: &Http<'_>, _: GrpcId, message: &GrpcMessage<'_>) -> Result<()> {
///     let bytes = message.buffer().bytes()?;
///     whit::info!(message.size(), " bytes, first ", bytes.first().copied());
///     http.continue_request()
/// }
/// # }
/// ```
///
/// Spec: `proxy_on_grpc_receive`.
#[derive(Clone, Copy, Debug)]
pub struct GrpcMessage<'a> {
    size: usize,
    callback: Callback<'a>,
}

impl<'a> GrpcMessage<'a> {
    #[inline(always)]
    pub(crate) const fn new(size: usize, callback: Callback<'a>) -> Self {
        Self { size, callback }
    }

    /// How many bytes it has.
    #[inline(always)]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The message, to read: [`proto::Reader`](crate::proto::Reader) finds its fields.
    #[inline(always)]
    pub fn buffer(&self) -> Buffer<'a> {
        Buffer::new(Buffer::GRPC_CALL_MESSAGE, self.callback)
    }
}
