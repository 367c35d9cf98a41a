//! The trait of plugins for HTTP streams.

use super::Http;
use crate::callout::{GrpcId, GrpcMessage, HttpCallResponse};
use crate::map::Map;
use crate::outcome::{Action, LastOutcome, OnError, Outcome};

/// A plugin for HTTP streams. A callback that the `impl` does not write is not exported, so the
/// host never calls it.
///
/// - `struct Name;` has no state, which costs nothing.
/// - `struct Name { … }` that is `Default` has one value for each stream, made in the stream's first
///   callback and dropped when the host deletes the stream.
/// - `impl HttpFilter<Config> for Name` reads its plugin, `Config`, which implements
///   [`Plugin`](crate::Plugin): [`Http::plugin`].
///
/// A callback returns an [`Action`], or a [`Result<Action>`]: see [`Outcome`]. Those that tell the host
/// nothing return nothing, or a `Result<()>`.
///
/// A stream's callbacks in their order: `on_context_create`; headers, body and trailers of the request,
/// then of the response, as far as there are any; in Envoy [`on_log`](Self::on_log),
/// [`on_done`](Self::on_done), [`on_delete`](Self::on_delete). A stream that the client or the host
/// gives up skips to these three.
///
/// ```
/// #[whit::plugin]
/// mod example {
///     use whit::prelude::*;
///
///     #[derive(Default)]
///     struct Example {
///         path_size: usize,
///     }
///
///     impl HttpFilter for Example {
///         fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
///             let path = http.request_headers().get(names::PATH)?.unwrap_or_default();
///             self.path_size = path.len();
///             Ok(Action::Continue)
///         }
///
///         fn on_log(&mut self, http: &Http<'_>) {
///             whit::info!("#", http.context_id(), " had a path of ", self.path_size, " bytes");
///         }
///     }
/// }
/// # fn main() {}
/// ```
///
/// Spec: "HTTP streams".
pub trait HttpFilter<P = ()> {
    /// What becomes of a stream after an error that a callback lets out was logged.
    const ON_ERROR: OnError = OnError::Fail;

    /// The stream is there.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_context_create(&mut self, http: &Http<'_>) {
    ///     whit::debug!("stream ", http.context_id());
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_context_create`.
    #[doc(alias = "proxy_on_context_create")]
    fn on_context_create(&mut self, http: &Http<'_, P>) -> impl LastOutcome {
        let _ = http;
    }

    /// The request's headers have arrived.
    ///
    /// `end_of_stream` is true when neither body nor trailers follow. (ABI 0.1.0 does not tell: it is
    /// false.)
    ///
    /// An error that it lets out is logged, and the stream is answered with a 500.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    ///     http.request_headers().replace(field!("x-by"), field!("whit"))?;
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_request_headers`.
    #[doc(alias = "proxy_on_request_headers")]
    fn on_request_headers(&mut self, http: &Http<'_, P>, end_of_stream: bool) -> impl Outcome {
        let _ = (http, end_of_stream);
        Action::Continue
    }

    /// A chunk of the request's body has arrived, of `size` bytes; after [`Action::Pause`], which
    /// buffers, `size` is that of all that has arrived since.
    ///
    /// `end_of_stream` is true when no more follows. Envoy's last chunk is often an empty one.
    ///
    /// An error that it lets out is logged, and the stream is answered with a 500.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Filter { size: usize }
    /// # impl HttpFilter for Filter {
    /// fn on_request_body(&mut self, http: &Http<'_>, size: usize, end_of_stream: bool) -> Action {
    ///     self.size += size;
    ///     if self.size > 1 << 20 {
    ///         return http.respond(413, Fields::NONE, b"").unwrap_or(Action::Pause);
    ///     }
    ///     Action::Continue
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_request_body`.
    #[doc(alias = "proxy_on_request_body")]
    fn on_request_body(
        &mut self,
        http: &Http<'_, P>,
        size: usize,
        end_of_stream: bool,
    ) -> impl Outcome {
        let _ = (http, size, end_of_stream);
        Action::Continue
    }

    /// The request's trailers have arrived, which end it.
    ///
    /// An error that it lets out is logged, and the stream is answered with a 500.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_trailers(&mut self, http: &Http<'_>) -> Result<Action> {
    ///     http.request_trailers().remove(field!("x-internal"))?;
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_request_trailers`.
    #[doc(alias = "proxy_on_request_trailers")]
    fn on_request_trailers(&mut self, http: &Http<'_, P>) -> impl Outcome {
        let _ = http;
        Action::Continue
    }

    /// The response's headers have arrived, from the upstream or from a local reply.
    ///
    /// `end_of_stream` is true when neither body nor trailers follow. (ABI 0.1.0 does not tell: it is
    /// false.)
    ///
    /// An error that it lets out is logged, and the client gets a 500 instead of this response.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    ///     http.response_headers().remove(names::X_POWERED_BY)?;
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_response_headers`.
    #[doc(alias = "proxy_on_response_headers")]
    fn on_response_headers(&mut self, http: &Http<'_, P>, end_of_stream: bool) -> impl Outcome {
        let _ = (http, end_of_stream);
        Action::Continue
    }

    /// A chunk of the response's body has arrived, as in [`HttpFilter::on_request_body`].
    ///
    /// An error that it lets out is logged, and the chunk passes: the headers have gone out.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_response_body(
    ///     &mut self,
    ///     http: &Http<'_>,
    ///     _size: usize,
    ///     end_of_stream: bool,
    /// ) -> Result<Action> {
    ///     if end_of_stream {
    ///         http.response_body().append(b"<!-- filtered -->\n")?;
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_response_body`.
    #[doc(alias = "proxy_on_response_body")]
    fn on_response_body(
        &mut self,
        http: &Http<'_, P>,
        size: usize,
        end_of_stream: bool,
    ) -> impl Outcome {
        let _ = (http, size, end_of_stream);
        Action::Continue
    }

    /// The response's trailers have arrived, which end it.
    ///
    /// An error that it lets out is logged, and the trailers pass: the headers have gone out.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_response_trailers(&mut self, http: &Http<'_>) -> Result<Action> {
    ///     whit::info!("gRPC status ", http.response_trailers().get(names::GRPC_STATUS)?);
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_response_trailers`.
    #[doc(alias = "proxy_on_response_trailers")]
    fn on_response_trailers(&mut self, http: &Http<'_, P>) -> impl Outcome {
        let _ = http;
        Action::Continue
    }

    /// The answer to an HTTP callout of this stream ([`Context::http_call`](crate::Context::http_call)). The hostcalls in it act on the
    /// stream. If the stream is gone, the answer is dropped.
    ///
    /// An error that it lets out is logged, and the stream is answered with a 500: one that waited for
    /// this answer does not wait for ever. With [`OnError::Pass`] its request goes on.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_http_call_response(
    ///     &mut self,
    ///     http: &Http<'_>,
    ///     response: &HttpCallResponse<'_>,
    /// ) -> Result<()> {
    ///     match response.status()? {
    ///         Some(200) => http.continue_request(),
    ///         _ => http.respond(403, Fields::NONE, b"").map(|_| ()),
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_http_call_response`.
    #[doc(alias = "proxy_on_http_call_response")]
    fn on_http_call_response(
        &mut self,
        http: &Http<'_, P>,
        response: &HttpCallResponse<'_>,
    ) -> impl LastOutcome {
        let _ = (http, response);
    }

    /// The initial metadata of the answer to a gRPC callout of this stream.
    ///
    /// An error that it lets out is handled as in [`HttpFilter::on_http_call_response`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_grpc_receive_initial_metadata(
    ///     &mut self,
    ///     _: &Http<'_>,
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
        http: &Http<'_, P>,
        call: GrpcId,
        metadata: Map<'_>,
    ) -> impl LastOutcome {
        let _ = (http, call, metadata);
    }

    /// A message of a gRPC callout of this stream. That of a call ([`Context::grpc_call`](crate::Context::grpc_call)) is all of its
    /// answer; no [`on_grpc_close`](Self::on_grpc_close) follows.
    ///
    /// An error that it lets out is handled as in [`HttpFilter::on_http_call_response`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_grpc_receive(
    ///     &mut self,
    ///     http: &Http<'_>,
    ///     _call: GrpcId,
    ///     message: &GrpcMessage<'_>,
    /// ) -> Result<()> {
    ///     let allowed = message.buffer().bytes()? == b"\x08\x01";
    ///     if allowed { http.continue_request() } else { http.close() }
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_receive`.
    #[doc(alias = "proxy_on_grpc_receive")]
    fn on_grpc_receive(
        &mut self,
        http: &Http<'_, P>,
        call: GrpcId,
        message: &GrpcMessage<'_>,
    ) -> impl LastOutcome {
        let _ = (http, call, message);
    }

    /// The trailing metadata of the answer to a gRPC callout of this stream.
    ///
    /// An error that it lets out is handled as in [`HttpFilter::on_http_call_response`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_grpc_receive_trailing_metadata(
    ///     &mut self,
    ///     _: &Http<'_>,
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
        http: &Http<'_, P>,
        call: GrpcId,
        metadata: Map<'_>,
    ) -> impl LastOutcome {
        let _ = (http, call, metadata);
    }

    /// A gRPC call of this stream has failed, or a gRPC stream has ended: `status` is the gRPC status,
    /// 0 for OK. [`Context::grpc_status`](crate::Context::grpc_status) has its message.
    ///
    /// An error that it lets out is handled as in [`HttpFilter::on_http_call_response`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_grpc_close(&mut self, http: &Http<'_>, _call: GrpcId, status: u32) -> Result<()> {
    ///     whit::warn!("gRPC status ", status);
    ///     http.respond(503, Fields::NONE, b"").map(|_| ())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_close`.
    #[doc(alias = "proxy_on_grpc_close")]
    fn on_grpc_close(&mut self, http: &Http<'_, P>, call: GrpcId, status: u32) -> impl LastOutcome {
        let _ = (http, call, status);
    }

    /// The host is done with the stream. Envoy does not wait for a stream that answers `false`.
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
    /// Spec: `proxy_on_done`.
    #[doc(alias = "proxy_on_done")]
    fn on_done(&mut self, http: &Http<'_, P>) -> bool {
        let _ = http;
        true
    }

    /// The stream has ended: the last callback in which its headers can be read, on both sides. It may
    /// be the first one of a stream.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_log(&mut self, http: &Http<'_>) -> Result<()> {
    ///     let path = http.request_headers().get(names::PATH)?;
    ///     let status = http.response_headers().get(names::STATUS)?;
    ///     whit::info!(path, " ", status);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_log`.
    #[doc(alias = "proxy_on_log")]
    fn on_log(&mut self, http: &Http<'_, P>) -> impl LastOutcome {
        let _ = http;
    }

    /// The host forgets the stream. After this its value is dropped.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_delete(&mut self, http: &Http<'_>) {
    ///     whit::debug!("stream ", http.context_id(), " is gone");
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_delete`.
    #[doc(alias = "proxy_on_delete")]
    fn on_delete(&mut self, http: &Http<'_, P>) {
        let _ = http;
    }
}
