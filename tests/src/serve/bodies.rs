//! Bodies of which one part comes after the other.

use std::collections::VecDeque;
use std::future::pending;

use http_body_util::BodyExt as _;
use hyper::Version;
use hyper::body::{Body as _, Bytes, Frame, Incoming};
use tokio::sync::mpsc::error::TrySendError;

use super::headers::{of_trailers, to_send};
use super::upstream::{Broken, Sender};
use crate::{End, Headers, Message};

/// A body that arrives; none once all of it has.
pub(super) struct Arriving {
    body: Option<Incoming>,
    http2: bool,
}

/// What of a body arrives next.
pub(super) enum Part {
    Data(Bytes, End),
    Trailers(Headers),
    Broken,
}

impl Arriving {
    pub(super) const NOTHING: Self = Self { body: None, http2: false };

    pub(super) fn new(body: Incoming, version: Version) -> Self {
        Self {
            body: Some(body).filter(|body| !body.is_end_stream()),
            http2: version == Version::HTTP_2,
        }
    }

    pub(super) fn end(&self) -> End {
        End::of(self.body.is_none())
    }

    /// Waits for ever if nothing arrives.
    pub(super) async fn next(&mut self) -> Part {
        let Some(body) = &mut self.body else { return pending().await };
        let part = match body.frame().await {
            Some(Ok(frame)) => match frame.into_data() {
                // Over HTTP/1 the end of a body comes as an empty chunk of its own.
                Ok(data) => Part::Data(data, End::of(self.http2 && body.is_end_stream())),
                Err(frame) => match frame.into_trailers() {
                    Ok(trailers) => Part::Trailers(of_trailers(&trailers)),
                    Err(_) => Part::Data(Bytes::new(), End::No),
                },
            },
            Some(Err(_)) => Part::Broken,
            None => Part::Data(Bytes::new(), End::Yes),
        };
        if !matches!(part, Part::Data(_, End::No)) {
            self.body = None;
        }
        part
    }
}

/// A body that goes on.
#[derive(Default)]
pub(super) struct Leaving {
    pub(super) sender: Option<Sender>,
    waiting: VecDeque<Frame<Bytes>>,
    /// Nothing more follows what waits.
    whole: bool,
}

impl Leaving {
    pub(super) fn take(&mut self, data: Vec<u8>, message: Message) {
        if self.whole || self.sender.is_none() {
            return;
        }
        if !data.is_empty() {
            self.waiting.push_back(Frame::data(data.into()));
        }
        if message.ended {
            self.whole = true;
            let trailers = message.trailers.as_ref().and_then(to_send);
            self.waiting.extend(trailers.map(Frame::trailers));
        }
        self.flush();
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sends what there is room for.
    pub(super) fn flush(&mut self) {
        while let Some(sender) = &self.sender {
            let Some(frame) = self.waiting.pop_front() else { break };
            if let Err(refused) = sender.try_send(Ok(frame)) {
                match refused {
                    TrySendError::Full(frame) => {
                        self.waiting.extend(frame.ok());
                        self.waiting.rotate_right(1);
                        return;
                    }
                    TrySendError::Closed(_) => self.sender = None,
                }
            }
        }
        if self.whole {
            self.sender = None;
        }
    }

    /// Waits until there is room, or nobody takes it any more.
    pub(super) async fn room(&self) {
        match &self.sender {
            Some(sender) if !self.waiting.is_empty() => drop(sender.reserve().await),
            _ => pending().await,
        }
    }

    pub(super) fn break_off(&mut self) {
        if let Some(sender) = self.sender.take() {
            let _ = sender.try_send(Err(Broken));
        }
    }
}
