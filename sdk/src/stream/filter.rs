//! The trait of plugins for TCP streams.

use super::Stream;
use crate::callout::{GrpcId, GrpcMessage, HttpCallResponse};
use crate::map::Map;
use crate::outcome::{Action, LastOutcome, OnError, Outcome};

/// Who closed a connection: the spec's `proxy_peer_type_t`.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl StreamFilter for Filter {
/// fn on_downstream_connection_close(&mut self, _: &Stream<'_>, peer: Peer) {
///     if peer == Peer::REMOTE {
///         whit::info!("the client has closed");
///     }
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
#[doc(alias = "proxy_peer_type_t")]
pub struct Peer(pub u32);

impl Peer {
    /// The host does not say.
    pub const UNKNOWN: Self = Self(0);
    /// The host, or this plugin.
    pub const LOCAL: Self = Self(1);
    /// The other side.
    pub const REMOTE: Self = Self(2);
}

/// A plugin for TCP streams, which are connections from a client (downstream), each with one to an
/// upstream. A callback that the `impl` does not write is not exported, so the host never calls it.
///
/// State, and reading the plugin, are as for [`HttpFilter`](crate::HttpFilter); so is what a callback
/// returns. [`Action::Pause`] from a data callback keeps the data, and the next callback sees it with
/// what has come since; from [`on_new_connection`](Self::on_new_connection) it keeps the connection
/// waiting, with nothing read, until [`Stream::continue_downstream`]. Data that is kept goes on when a
/// later callback lets it.
///
/// ```
/// #[whit::plugin]
/// mod upper {
///     use whit::prelude::*;
///
///     struct Upper;
///
///     impl StreamFilter for Upper {
///         fn on_downstream_data(&mut self, stream: &Stream<'_>, size: usize, _end: bool) -> Action {
///             whit::info!(size, " bytes");
///             Action::Continue
///         }
///     }
/// }
/// # fn main() {}
/// ```
///
/// Spec: "TCP streams".
pub trait StreamFilter<P = ()> {
    /// What becomes of a stream after an error that a callback lets out was logged.
    const ON_ERROR: OnError = OnError::Fail;

    /// The stream is there.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_context_create(&mut self, stream: &Stream<'_>) {
    ///     whit::debug!("connection ", stream.context_id());
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_context_create`.
    #[doc(alias = "proxy_on_context_create")]
    fn on_context_create(&mut self, stream: &Stream<'_, P>) -> impl LastOutcome {
        let _ = stream;
    }

    /// A client has connected.
    ///
    /// An error that it lets out is logged, and the connection is closed.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_new_connection(&mut self, stream: &Stream<'_>) -> Result<Action> {
    ///     whit::info!("from ", stream.property(property::SOURCE_ADDRESS)?);
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_new_connection`.
    #[doc(alias = "proxy_on_new_connection")]
    fn on_new_connection(&mut self, stream: &Stream<'_, P>) -> impl Outcome {
        let _ = stream;
        Action::Continue
    }

    /// Data has come from the client: `size` bytes, with what was kept. `end_of_stream` is true when
    /// the client sends no more.
    ///
    /// An error that it lets out is logged, and the connection is closed.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_downstream_data(
    ///     &mut self,
    ///     stream: &Stream<'_>,
    ///     size: usize,
    ///     end_of_stream: bool,
    /// ) -> Result<Action> {
    ///     if size < 4 && !end_of_stream {
    ///         return Ok(Action::Pause); // Until there is more.
    ///     }
    ///     whit::info!("begins with ", stream.downstream_data().get(0, 4)?);
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_downstream_data`.
    #[doc(alias = "proxy_on_downstream_data")]
    fn on_downstream_data(
        &mut self,
        stream: &Stream<'_, P>,
        size: usize,
        end_of_stream: bool,
    ) -> impl Outcome {
        let _ = (stream, size, end_of_stream);
        Action::Continue
    }

    /// The client's connection is closed, by `peer`.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_downstream_connection_close(&mut self, stream: &Stream<'_>, _peer: Peer) {
    ///     whit::info!("connection ", stream.context_id(), " is closed");
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_downstream_connection_close`.
    #[doc(alias = "proxy_on_downstream_connection_close")]
    fn on_downstream_connection_close(
        &mut self,
        stream: &Stream<'_, P>,
        peer: Peer,
    ) -> impl LastOutcome {
        let _ = (stream, peer);
    }

    /// Data has come from the upstream, as in [`StreamFilter::on_downstream_data`].
    ///
    /// An error that it lets out is logged, and the connection is closed.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { bytes: usize }
    /// # impl StreamFilter for Filter {
    /// fn on_upstream_data(&mut self, _: &Stream<'_>, size: usize, _end_of_stream: bool) -> Action {
    ///     self.bytes += size;
    ///     Action::Continue
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_upstream_data`.
    #[doc(alias = "proxy_on_upstream_data")]
    fn on_upstream_data(
        &mut self,
        stream: &Stream<'_, P>,
        size: usize,
        end_of_stream: bool,
    ) -> impl Outcome {
        let _ = (stream, size, end_of_stream);
        Action::Continue
    }

    /// The upstream's connection is closed, by `peer`.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_upstream_connection_close(&mut self, _: &Stream<'_>, _peer: Peer) {
    ///     whit::info!("the upstream has closed");
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_upstream_connection_close`.
    #[doc(alias = "proxy_on_upstream_connection_close")]
    fn on_upstream_connection_close(
        &mut self,
        stream: &Stream<'_, P>,
        peer: Peer,
    ) -> impl LastOutcome {
        let _ = (stream, peer);
    }

    /// The answer to an HTTP callout of this stream ([`Context::http_call`](crate::Context::http_call)). The hostcalls in it act on the
    /// stream. If the stream is gone, the answer is dropped.
    ///
    /// An error that it lets out is logged, and the connection is closed: one that waited for this
    /// answer does not wait for ever. With [`OnError::Pass`] it goes on.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_http_call_response(
    ///     &mut self,
    ///     stream: &Stream<'_>,
    ///     response: &HttpCallResponse<'_>,
    /// ) -> Result<()> {
    ///     match response.status()? {
    ///         // `on_new_connection` has returned `Action::Pause`.
    ///         Some(200) => stream.continue_downstream(),
    ///         _ => stream.close_downstream(),
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_http_call_response`.
    #[doc(alias = "proxy_on_http_call_response")]
    fn on_http_call_response(
        &mut self,
        stream: &Stream<'_, P>,
        response: &HttpCallResponse<'_>,
    ) -> impl LastOutcome {
        let _ = (stream, response);
    }

    /// The initial metadata of the answer to a gRPC callout of this stream.
    ///
    /// An error that it lets out is handled as in [`StreamFilter::on_http_call_response`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_grpc_receive_initial_metadata(
    ///     &mut self,
    ///     _: &Stream<'_>,
    ///     _call: GrpcId,
    ///     metadata: Map<'_>,
    /// ) -> Result<()> {
    ///     whit::info!("trace ", metadata.get(field!("x-trace"))?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_receive_initial_metadata`.
    #[doc(alias = "proxy_on_grpc_receive_initial_metadata")]
    fn on_grpc_receive_initial_metadata(
        &mut self,
        stream: &Stream<'_, P>,
        call: GrpcId,
        metadata: Map<'_>,
    ) -> impl LastOutcome {
        let _ = (stream, call, metadata);
    }

    /// A message of a gRPC callout of this stream. That of a call ([`Context::grpc_call`](crate::Context::grpc_call)) is all of its
    /// answer; no [`on_grpc_close`](Self::on_grpc_close) follows.
    ///
    /// An error that it lets out is handled as in [`StreamFilter::on_http_call_response`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_grpc_receive(
    ///     &mut self,
    ///     stream: &Stream<'_>,
    ///     _call: GrpcId,
    ///     message: &GrpcMessage<'_>,
    /// ) -> Result<()> {
    ///     let allowed = message.buffer().bytes()? == b"\x08\x01";
    ///     if allowed { stream.continue_downstream() } else { stream.close_downstream() }
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_receive`.
    #[doc(alias = "proxy_on_grpc_receive")]
    fn on_grpc_receive(
        &mut self,
        stream: &Stream<'_, P>,
        call: GrpcId,
        message: &GrpcMessage<'_>,
    ) -> impl LastOutcome {
        let _ = (stream, call, message);
    }

    /// The trailing metadata of the answer to a gRPC callout of this stream.
    ///
    /// An error that it lets out is handled as in [`StreamFilter::on_http_call_response`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_grpc_receive_trailing_metadata(
    ///     &mut self,
    ///     _: &Stream<'_>,
    ///     _call: GrpcId,
    ///     metadata: Map<'_>,
    /// ) -> Result<()> {
    ///     whit::info!("trace ", metadata.get(field!("x-trace"))?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_receive_trailing_metadata`.
    #[doc(alias = "proxy_on_grpc_receive_trailing_metadata")]
    fn on_grpc_receive_trailing_metadata(
        &mut self,
        stream: &Stream<'_, P>,
        call: GrpcId,
        metadata: Map<'_>,
    ) -> impl LastOutcome {
        let _ = (stream, call, metadata);
    }

    /// A gRPC call of this stream has failed, or a gRPC stream has ended: `status` is the gRPC status,
    /// 0 for OK. [`Context::grpc_status`](crate::Context::grpc_status) has its message.
    ///
    /// An error that it lets out is handled as in [`StreamFilter::on_http_call_response`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_grpc_close(&mut self, stream: &Stream<'_>, _call: GrpcId, status: u32) -> Result<()> {
    ///     whit::warn!("gRPC status ", status);
    ///     stream.close_downstream()
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_close`.
    #[doc(alias = "proxy_on_grpc_close")]
    fn on_grpc_close(
        &mut self,
        stream: &Stream<'_, P>,
        call: GrpcId,
        status: u32,
    ) -> impl LastOutcome {
        let _ = (stream, call, status);
    }

    /// The host is done with the stream. Envoy does not wait for a stream that answers `false`.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { stream: Option<GrpcId> }
    /// # impl StreamFilter for Filter {
    /// fn on_done(&mut self, _: &Stream<'_>) -> bool {
    ///     if let Some(stream) = self.stream.take() {
    ///         let _ = stream.cancel();
    ///     }
    ///     true
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_done`.
    #[doc(alias = "proxy_on_done")]
    fn on_done(&mut self, stream: &Stream<'_, P>) -> bool {
        let _ = stream;
        true
    }

    /// The stream has ended. In Envoy this follows [`on_done`](Self::on_done) for TCP, not the reverse.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_log(&mut self, stream: &Stream<'_>) -> Result<()> {
    ///     whit::info!("connection from ", stream.property(property::SOURCE_ADDRESS)?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_log`.
    #[doc(alias = "proxy_on_log")]
    fn on_log(&mut self, stream: &Stream<'_, P>) -> impl LastOutcome {
        let _ = stream;
    }

    /// The host forgets the stream. After this its value is dropped.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl StreamFilter for Filter {
    /// fn on_delete(&mut self, stream: &Stream<'_>) {
    ///     whit::debug!("connection ", stream.context_id(), " is gone");
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_delete`.
    #[doc(alias = "proxy_on_delete")]
    fn on_delete(&mut self, stream: &Stream<'_, P>) {
        let _ = stream;
    }
}
