//! Bodies that come in pieces.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::HeaderMap;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long a slow one waits before each piece.
const PAUSE: Duration = Duration::from_millis(2);

/// A body: its pieces, and how it ends.
#[derive(Default)]
pub(crate) struct Pieces {
    pieces: VecDeque<Bytes>,
    trailers: Option<HeaderMap>,
    /// It breaks off instead of ending.
    breaks: bool,
    /// What is told of its size, if anything.
    size: Option<u64>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Pieces {
    /// One piece, of which the size is told.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        let size = Some(bytes.len() as u64);
        let pieces = if bytes.is_empty() { VecDeque::new() } else { [bytes].into() };
        Self { pieces, size, ..Self::default() }
    }

    /// So many bytes a piece; the size is not told.
    pub(crate) fn of(bytes: &Bytes, size: usize) -> Self {
        let piece = |start| bytes.slice(start..bytes.len().min(start + size));
        Self { pieces: (0..bytes.len()).step_by(size).map(piece).collect(), ..Self::default() }
    }

    /// Pauses before each piece.
    pub(crate) fn slow(self) -> Self {
        Self { pause: Some(Box::pin(sleep(PAUSE))), ..self }
    }

    /// Breaks off after the pieces, although more is promised.
    pub(crate) fn broken(self) -> Self {
        Self { breaks: true, size: self.size.map(|size| size + 1), ..self }
    }

    pub(crate) fn trailers(self, trailers: HeaderMap) -> Self {
        Self { trailers: Some(trailers), size: None, ..self }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = Some(Box::pin(sleep(PAUSE)));
        }
        Poll::Ready(match self.pieces.pop_front() {
            Some(piece) => Some(Ok(Frame::data(piece))),
            None if std::mem::take(&mut self.breaks) => {
                Some(Err(io::Error::other("breaks off on purpose")))
            }
            None => self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && !self.breaks && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.size.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
