//! How messages flow through the filters of a stream: Envoy's buffering and pausing.

use super::context::{Fields, Side};
use super::grpc;
use super::headers::Headers;
use super::way::Way;
use super::worker::Worker;

/// How much of a body Envoy buffers for plugins, unless it is told otherwise.
const MOST: usize = 1 << 20;

/// What a filter holds back of a message.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The headers have passed it.
    passed: bool,
    pub(super) stopped: Option<Stopped>,
    /// Held bytes that hostcalls do not reach.
    held: Option<Vec<u8>>,
    /// Held bytes lie where hostcalls reach them.
    buffered: bool,
    /// The message's end has arrived.
    pub(super) ended: bool,
    /// The plugin has been told of the end: nothing of the body comes any more.
    told_end: bool,
    pub(super) trailers: Trailers,
}

/// Why a message does not flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Everything waits: no callback until the plugin continues the stream.
    All,
    /// That, and Envoy buffers only so much.
    AllBuffering,
    /// The body is buffered, and each callback sees all of it.
    Buffering,
    /// The body is held, and each callback sees its own chunk.
    Holding,
}

/// How far a message's trailers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Trailers {
    /// None have come.
    #[default]
    None,
    /// They wait until the plugin continues the stream.
    Unseen,
    /// The plugin has seen them, or has added them itself, and they have not passed it.
    Seen,
    Passed,
}

/// A message enters the chain.
impl Worker {
    pub(super) fn headers_come(&mut self, id: u64, way: Way, headers: Headers, end: bool) {
        let stream = self.stream(id);
        if stream.is_over(way) {
            return;
        }
        let headers = headers.kept(way.known());
        if way == Way::Request {
            let content_type =
                headers.get("content-type").filter(|_| headers.get(":path").is_some());
            stream.grpc = content_type.is_some_and(grpc::is_content_type);
            stream.head = headers.get(":method") == Some(b"HEAD");
        }
        if way == Way::Response {
            let status = headers.get(":status").and_then(|status| std::str::from_utf8(status).ok());
            let mut info = stream.info.borrow_mut();
            info.status = status.and_then(|status| status.parse().ok());
            if !stream.replied {
                info.details = Some("via_upstream".to_owned());
            }
        }
        *way.fields(&mut stream.messages.borrow_mut()) =
            Fields { headers: Some(headers), trailers: None };
        let first = stream.first(way);
        self.headers_reach(id, way, first, end);
    }

    pub(super) fn body_comes(&mut self, id: u64, way: Way, chunk: Vec<u8>, end: bool) {
        let stream = self.stream(id);
        if way == Way::Request {
            stream.info.borrow_mut().bytes_received += chunk.len() as u64;
        }
        let first = stream.first(way);
        self.body_reaches(id, way, first, chunk, end);
    }
}

/// From filter to filter; `None` is the end of the chain.
impl Worker {
    pub(super) fn headers_reach(&mut self, id: u64, way: Way, filter: Option<usize>, end: bool) {
        if self.stream(id).is_over(way) {
            return;
        }
        let Some(filter) = filter else { return self.headers_arrive(id, way, end) };
        if way == Way::Request {
            self.create(id, filter);
        }
        let flow = self.stream(id).flow(way, filter);
        flow.ended = end;
        flow.told_end = end;
        if !self.sees(id, way, filter) {
            return self.pass_headers(id, way, filter);
        }
        let stream = self.stream(id);
        let fields =
            way.fields(&mut stream.messages.borrow_mut()).headers.as_ref().map(Headers::len);
        let count = fields.unwrap_or_default() as u32;
        let context_id = stream.filters[filter].context_id;
        let abi = self.guests[self.streams[&id].filters[filter].guest].abi();
        if let Some(side) = self.side(id, way, filter) {
            *side = Side { headers: true, ..Side::default() };
        }
        let args = [context_id, count, u32::from(end)];
        let args = abi.headers_args(&args);
        match self.call_about(id, way, filter, way.on_headers(), args) {
            None => {}
            // "Continue and end stream": Envoy continues. If the callback has asked to go on as well,
            // the next filter sees the headers twice.
            Some(0 | 2) => {
                if let Some(side) = self.side(id, way, filter) {
                    side.headers = false;
                }
                let stream = self.stream(id);
                stream.flow(way, filter).passed = true;
                let next = stream.next(way, filter);
                self.headers_reach(id, way, next, end);
            }
            Some(3) => self.stream(id).flow(way, filter).stopped = Some(Stopped::AllBuffering),
            Some(_) => self.stream(id).flow(way, filter).stopped = Some(Stopped::All),
        }
    }

    pub(super) fn body_reaches(
        &mut self,
        id: u64,
        way: Way,
        filter: Option<usize>,
        chunk: Vec<u8>,
        end: bool,
    ) {
        if self.stream(id).is_over(way) {
            return;
        }
        let Some(filter) = filter else { return self.body_arrives(id, way, &chunk, end) };
        let sees = self.sees(id, way, filter);
        let stream = self.stream(id);
        let flow = stream.flow(way, filter);
        flow.ended |= end;
        if let Some(stopped @ (Stopped::All | Stopped::AllBuffering)) = flow.stopped {
            let held = flow.held.get_or_insert_default();
            held.extend(chunk);
            if stopped == Stopped::AllBuffering && held.len() > MOST {
                self.too_large(id, way);
            }
            return;
        }
        if flow.told_end {
            return;
        }
        flow.told_end = end;
        if !sees {
            let next = stream.next(way, filter);
            return self.body_reaches(id, way, next, chunk, end);
        }
        let buffering = flow.stopped == Some(Stopped::Buffering);
        let context_id = stream.filters[filter].context_id;
        let mut visible = Vec::new();
        if buffering {
            visible = self.take_held(id, way, filter).unwrap_or_default();
        }
        visible.extend(chunk);
        if buffering && visible.len() > MOST {
            // The plugin does not see it any more.
            return self.too_large(id, way);
        }
        let size = visible.len() as u32;
        self.stream(id).flow(way, filter).buffered = buffering;
        if let Some(side) = self.side(id, way, filter) {
            side.body = Some(visible);
            side.body_given_up = false;
            side.adds_trailers = end;
        }
        let args = [context_id, size, u32::from(end)];
        let action = self.call_about(id, way, filter, way.on_body(), &args);
        let mut visible = Vec::new();
        if let Some(side) = self.side(id, way, filter) {
            visible = side.body.take().unwrap_or_default();
            side.body_given_up = false;
            side.body_buffered = false;
            side.adds_trailers = false;
        }
        if end {
            self.take_added_trailers(id, way, filter);
        }
        let stream = self.stream(id);
        let next = stream.next(way, filter);
        let flow = stream.flow(way, filter);
        flow.buffered = false;
        let Some(action) = action else { return };
        if action == 0 && flow.stopped.is_none() {
            let ended = flow.ended;
            self.body_reaches(id, way, next, visible, ended);
            return self.pass_trailers(id, way, filter);
        }
        // On 3 the chunk was the plugin's, unless it lies in the buffer already.
        if action < 3 || buffering {
            flow.held.get_or_insert_default().extend(visible);
        }
        match action {
            0 => self.pass_body(id, way, filter),
            1 => self.buffer(id, way, filter),
            _ => flow.stopped = Some(Stopped::Holding),
        }
    }

    /// What is held is buffered until the next callback, which sees it.
    fn buffer(&mut self, id: u64, way: Way, filter: usize) {
        let flow = self.stream(id).flow(way, filter);
        flow.stopped = Some(Stopped::Buffering);
        flow.buffered = true;
        let held = flow.held.take().unwrap_or_default();
        let too_large = held.len() > MOST;
        if let Some(side) = self.side(id, way, filter) {
            side.body = Some(held);
            side.body_buffered = true;
        }
        if too_large {
            self.too_large(id, way);
        }
    }

    pub(super) fn pass_headers(&mut self, id: u64, way: Way, filter: usize) {
        let stream = self.stream(id);
        let next = stream.next(way, filter);
        let flow = stream.flow(way, filter);
        if !std::mem::replace(&mut flow.passed, true) {
            let ended = flow.ended && flow.held.is_none() && !flow.buffered;
            self.headers_reach(id, way, next, ended);
        }
    }

    pub(super) fn pass_body(&mut self, id: u64, way: Way, filter: usize) {
        self.pass_headers(id, way, filter);
        let stream = self.stream(id);
        let next = stream.next(way, filter);
        let flow = stream.flow(way, filter);
        flow.stopped = None;
        let ended = flow.ended;
        if let Some(held) = self.take_held(id, way, filter) {
            self.body_reaches(id, way, next, held, ended);
        }
        self.pass_trailers(id, way, filter);
    }

    /// What a filter has held back of a body.
    fn take_held(&mut self, id: u64, way: Way, filter: usize) -> Option<Vec<u8>> {
        let flow = self.stream(id).flow(way, filter);
        let held = flow.held.take();
        if !std::mem::take(&mut flow.buffered) {
            return held;
        }
        let buffered = self.side(id, way, filter).and_then(|side| side.body.take());
        Some([held.unwrap_or_default(), buffered.unwrap_or_default()].concat())
    }

    /// `proxy_continue_stream`.
    pub(super) fn resume(&mut self, id: u64, way: Way, filter: usize) {
        let stream = self.stream(id);
        if stream.is_over(way) || (way == Way::Request && stream.replied) {
            return;
        }
        let stopped = stream.flow(way, filter).stopped.take();
        self.pass_headers(id, way, filter);
        if matches!(stopped, Some(Stopped::All | Stopped::AllBuffering)) {
            // The plugin has not seen the body yet.
            let ended = self.stream(id).flow(way, filter).ended;
            if let Some(held) = self.take_held(id, way, filter) {
                self.body_reaches(id, way, Some(filter), held, ended);
            }
            self.show_trailers(id, way, filter);
        } else {
            self.pass_body(id, way, filter);
        }
    }

    /// Calls a callback of a message. `None` if a local reply has taken the stream over, or the VM is
    /// dead.
    pub(super) fn call_about(
        &mut self,
        id: u64,
        way: Way,
        filter: usize,
        name: &'static str,
        args: &[u32],
    ) -> Option<u32> {
        let stream = self.stream(id);
        let replied_before = stream.replied;
        let (guest, context_id) = (stream.filters[filter].guest, stream.filters[filter].context_id);
        let called = if self.guests[guest].failed() {
            None
        } else {
            self.enter(guest, context_id, name, args)
        };
        if called.is_some() {
            self.run_deferred(guest);
        } else {
            self.fail(id, filter);
        }
        let stream = self.stream(id);
        let called = called?;
        if stream.over && called.result == 0 && name == Way::Response.on_trailers() {
            let host = self.guests[guest].store.data_mut();
            let why = "Envoy crashes here: the trailers of a response go on twice";
            host.fail(name, why);
            return None;
        }
        let replied = called.replied || (way == Way::Request && stream.replied && !replied_before);
        let goes_on = !replied && !stream.reset && !stream.over;
        goes_on.then_some(called.result)
    }

    /// Whether a filter is shown a message: a response only if it was shown the request.
    pub(super) fn sees(&mut self, id: u64, way: Way, filter: usize) -> bool {
        let filter = &self.stream(id).filters[filter];
        way == Way::Request || (filter.created && !filter.failed)
    }

    /// What hostcalls reach of a message through a filter.
    pub(super) fn side(&mut self, id: u64, way: Way, filter: usize) -> Option<&mut Side> {
        let filter = &self.streams[&id].filters[filter];
        let (guest, context_id) = (filter.guest, filter.context_id);
        Some(way.side(self.context(guest, context_id)?.http.as_mut()?))
    }
}
