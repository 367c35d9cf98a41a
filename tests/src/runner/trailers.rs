//! How trailers flow through the filters of a stream.

use super::flow::{Stopped, Trailers};
use super::headers::Headers;
use super::way::Way;
use super::worker::Worker;

impl Worker {
    /// The trailers of a message enter the chain.
    pub(super) fn trailers_come(&mut self, id: u64, way: Way, trailers: Headers) {
        let stream = self.stream(id);
        if stream.is_over(way) {
            return;
        }
        way.fields(&mut stream.messages.borrow_mut()).trailers = Some(trailers);
        let first = stream.first(way);
        self.trailers_reach(id, way, first);
    }

    /// From filter to filter; `None` is the end of the chain.
    fn trailers_reach(&mut self, id: u64, way: Way, filter: Option<usize>) {
        if self.stream(id).is_over(way) {
            return;
        }
        let Some(filter) = filter else { return self.trailers_arrive(id, way) };
        self.stream(id).flow(way, filter).trailers = Trailers::Unseen;
        self.show_trailers(id, way, filter);
    }

    /// Shows a filter the trailers, if they wait for that and the stream does not.
    pub(super) fn show_trailers(&mut self, id: u64, way: Way, filter: usize) {
        let sees = self.sees(id, way, filter);
        let stream = self.stream(id);
        let flow = stream.flow(way, filter);
        let waits = matches!(flow.stopped, Some(Stopped::All | Stopped::AllBuffering));
        if flow.trailers != Trailers::Unseen || waits {
            return;
        }
        flow.trailers = Trailers::Seen;
        if stream.is_over(way) {
            return;
        }
        if !sees {
            return self.pass_trailers(id, way, filter);
        }
        let trailers =
            way.fields(&mut stream.messages.borrow_mut()).trailers.as_ref().map(Headers::len);
        let count = trailers.unwrap_or_default() as u32;
        let context_id = stream.filters[filter].context_id;
        if let Some(side) = self.side(id, way, filter) {
            side.trailers = true;
        }
        match self.call_about(id, way, filter, way.on_trailers(), &[context_id, count]) {
            None => {}
            // What the filter has held of the body goes on before. If the callback has asked to go on
            // as well, the next filter sees the trailers twice.
            Some(0) => {
                let stream = self.stream(id);
                stream.flow(way, filter).trailers = Trailers::Seen;
                self.pass_body(id, way, filter);
            }
            Some(_) => {
                self.stream(id).flow(way, filter).stopped.get_or_insert(Stopped::Holding);
            }
        }
    }

    /// Trailers that the filter has seen go on.
    pub(super) fn pass_trailers(&mut self, id: u64, way: Way, filter: usize) {
        let stream = self.stream(id);
        let next = stream.next(way, filter);
        let flow = stream.flow(way, filter);
        if flow.trailers == Trailers::Seen {
            flow.trailers = Trailers::Passed;
            if let Some(side) = self.side(id, way, filter) {
                side.trailers = false;
            }
            self.trailers_reach(id, way, next);
        }
    }

    /// In the callback of a body's end a filter can add trailers: the body does not end then.
    pub(super) fn take_added_trailers(&mut self, id: u64, way: Way, filter: usize) {
        let stream = self.stream(id);
        if way.fields(&mut stream.messages.borrow_mut()).trailers.is_some() {
            let flow = stream.flow(way, filter);
            flow.ended = false;
            flow.trailers = Trailers::Seen;
        }
    }
}
