//! Bodies with trailers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::HeaderMap;
use hyper::body::{Body, Bytes, Frame, SizeHint};

/// A body. With trailers its size is not told.
#[derive(Debug, Default)]
pub(super) struct Message {
    body: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Message {
    pub(super) fn new(body: Bytes, trailers: Option<HeaderMap>) -> Self {
        Self { body: Some(body).filter(|body| !body.is_empty()), trailers }
    }
}

impl Body for Message {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = self.body.take().map(Frame::data);
        Poll::Ready(body.or_else(|| self.trailers.take().map(Frame::trailers)).map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.trailers {
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64)),
        }
    }
}
