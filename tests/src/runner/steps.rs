//! An HTTP stream whose callbacks are called one by one, as Google's plugin tester does: nothing is
//! buffered between them, and none waits for another.

use std::cell::RefCell;
use std::rc::Rc;

use super::context::{Fields, Side, Tester};
use super::deferred::What;
use super::headers::Headers;
use super::message::LocalReply;
use super::plugin::Plugin;
use super::way::Way;
use super::worker::Worker;

/// A stream of one plugin.
#[derive(Debug)]
pub(crate) struct Steps {
    worker: Rc<RefCell<Worker>>,
    id: u64,
    guest: usize,
    context_id: u32,
}

/// What a callback leaves.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// Those that it was about.
    pub(crate) headers: Headers,
    /// The chunk that it was about.
    pub(crate) body: Vec<u8>,
    /// It does not let the stream go on.
    pub(crate) stops: bool,
    /// Its last local reply.
    pub(crate) reply: Option<LocalReply>,
}

impl Steps {
    /// Begins a stream: on_context_create.
    pub(crate) fn begin(plugin: &Plugin, tester: Tester) -> Self {
        let worker = Rc::clone(&plugin.worker);
        let guest = plugin.guest;
        let id = worker.borrow_mut().open(&[(guest, plugin.context_id())]);
        let context_id = worker.borrow_mut().stream(id).filters[0].context_id;
        let steps = Self { worker, id, guest, context_id };
        steps.with(|worker| {
            let context = worker.context(guest, context_id);
            if let Some(http) = context.and_then(|context| context.http.as_mut()) {
                http.tester = Some(tester);
            }
            worker.create(id, 0);
            steps.run_others(worker);
        });
        steps
    }

    /// The stream context's id.
    pub(crate) fn context_id(&self) -> u32 {
        self.context_id
    }

    /// The callback for headers, which are never the end of their message.
    pub(crate) fn headers(&mut self, way: Way, headers: Headers) -> Left {
        self.with(|worker| {
            let count = headers.len() as u32;
            let messages = Rc::clone(&worker.stream(self.id).messages);
            *way.fields(&mut messages.borrow_mut()) =
                Fields { headers: Some(headers), trailers: None };
            self.show(worker, way, Side { headers: true, ..Side::default() });
            let abi = worker.guests[self.guest].abi();
            let args = [self.context_id, count, 0];
            let left = self.call(worker, way.on_headers(), abi.headers_args(&args));
            self.show(worker, way, Side::default());
            let headers = way.fields(&mut messages.borrow_mut()).headers.take();
            Left { headers: headers.unwrap_or_default(), ..left }
        })
    }

    /// The callback for a chunk of a body.
    pub(crate) fn body(&mut self, way: Way, chunk: Vec<u8>, end: bool) -> Left {
        self.with(|worker| {
            let args = [self.context_id, chunk.len() as u32, u32::from(end)];
            self.show(worker, way, Side { body: Some(chunk), ..Side::default() });
            let left = self.call(worker, way.on_body(), &args);
            let body = self.show(worker, way, Side::default()).and_then(|side| side.body);
            Left { body: body.unwrap_or_default(), ..left }
        })
    }

    /// Ends the stream: on_done, on_delete. The tester does not log streams.
    pub(crate) fn end(self) {
        self.with(|worker| {
            worker.stream(self.id).over = true;
            worker.delete_filters(self.id);
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Worker) -> T) -> T {
        let mut worker = self.worker.borrow_mut();
        let done = act(&mut worker);
        worker.settle();
        done
    }

    /// Changes what hostcalls reach of a message. Returns what they could reach until now.
    fn show(&self, worker: &mut Worker, way: Way, shown: Side) -> Option<Side> {
        worker.side(self.id, way, 0).map(|side| std::mem::replace(side, shown))
    }

    fn call(&self, worker: &mut Worker, name: &'static str, args: &[u32]) -> Left {
        let called = worker.enter(self.guest, self.context_id, name, args);
        let reply = self.run_others(worker);
        let stops = called.is_none_or(|called| called.replied || !matches!(called.result, 0 | 2));
        Left { stops, reply, ..Left::default() }
    }

    /// Does what the callback asked for, but for what it asked of its stream. Returns the last local reply.
    fn run_others(&self, worker: &mut Worker) -> Option<LocalReply> {
        let mut reply = None;
        worker.guests[self.guest].store.data_mut().deferred.retain(|deferred| {
            match &deferred.what {
                What::Reply(one) => reply = Some(one.clone()),
                What::ContinueRequest | What::ContinueResponse | What::Close => {}
                _ => return true,
            }
            false
        });
        worker.run_deferred(self.guest);
        reply
    }
}
