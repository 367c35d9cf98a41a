//! Bodies on their way, and requests to other servers.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Bytes, Frame, Incoming};
use hyper::{Request, Response};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Error};
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;

/// How many frames of a body wait to be sent at most.
const FRAMES: usize = 16;

/// A body that grows while it is sent.
#[derive(Debug)]
pub(super) struct Body {
    frames: mpsc::Receiver<Result<Frame<Bytes>, Broken>>,
    /// It has nothing.
    empty: bool,
}

/// What sends a body. The body ends when it is dropped.
pub(super) type Sender = mpsc::Sender<Result<Frame<Bytes>, Broken>>;

/// The message ends before its end.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the message was broken off")]
pub(super) struct Broken;

impl Body {
    /// A body, and what sends it; nothing for one that is `empty`.
    pub(super) fn new(empty: bool) -> (Option<Sender>, Self) {
        let (sender, frames) = mpsc::channel(FRAMES);
        (Some(sender).filter(|_| !empty), Self { frames, empty })
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.frames.poll_recv(context)
    }

    fn is_end_stream(&self) -> bool {
        self.empty
    }
}

/// Sends requests over HTTP/1.1, and keeps connections.
pub(super) struct Client(legacy::Client<HttpConnector, Body>);

impl Client {
    pub(super) fn new() -> Self {
        Self(legacy::Client::builder(TokioExecutor::new()).build_http())
    }

    /// # Errors
    /// There is no connection, or it breaks before the response's headers have come.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, Error> {
        self.0.request(request).await
    }
}
