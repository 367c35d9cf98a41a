//! Bodies in chunks, with trailers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::HeaderMap;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long a body pauses between two chunks, so that Envoy sees each by itself.
const PAUSE: Duration = Duration::from_millis(30);

/// A body. With trailers its size is not told.
#[derive(Debug, Default)]
pub(super) struct Message {
    chunks: VecDeque<Bytes>,
    /// Before the next chunk.
    pause: Option<Pin<Box<Sleep>>>,
    trailers: Option<HeaderMap>,
}

impl Message {
    /// A body of these chunks.
    pub(super) fn new(
        chunks: impl IntoIterator<Item = Bytes>,
        trailers: Option<HeaderMap>,
    ) -> Self {
        let chunks = chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect();
        Self { chunks, pause: None, trailers }
    }
}

impl Body for Message {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        let chunk = self.chunks.pop_front().map(Frame::data);
        if !self.chunks.is_empty() {
            self.pause = Some(Box::pin(sleep(PAUSE)));
        }
        Poll::Ready(chunk.or_else(|| self.trailers.take().map(Frame::trailers)).map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.is_empty() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.trailers {
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(self.chunks.iter().map(|chunk| chunk.len() as u64).sum()),
        }
    }
}
