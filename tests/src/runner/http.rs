//! The handle of an HTTP stream.

use std::cell::RefCell;
use std::rc::Rc;

use super::callouts::Callouts;
use super::error::Error;
use super::grpc::{GrpcCall, PendingGrpc};
use super::headers::Headers;
use super::message::{LocalReply, Message};
use super::stats::Used;
use super::stream::{Route, Stream};
use super::way::{End, Way};
use super::worker::Worker;
use crate::case::MetadataValue;

/// An HTTP stream through one plugin or through several. It ends when its response does; dropping it
/// before that is the client's going away.
#[derive(Debug)]
pub struct Http {
    worker: Rc<RefCell<Worker>>,
    id: u64,
}

impl Http {
    /// A stream through these plugins: guest and plugin context of each.
    pub(crate) fn open(worker: &Rc<RefCell<Worker>>, plugins: &[(usize, u32)]) -> Self {
        let id = worker.borrow_mut().open(plugins);
        Self { worker: Rc::clone(worker), id }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Stream) -> T) -> T {
        look(self.worker.borrow_mut().stream(self.id))
    }

    fn act(&self, act: impl FnOnce(&mut Worker)) {
        let mut worker = self.worker.borrow_mut();
        act(&mut worker);
        worker.settle();
    }

    /// What happens in this is one event to Envoy.
    pub(crate) fn at_once(&mut self, act: impl FnOnce(&mut Self)) {
        self.worker.borrow_mut().busy = true;
        act(self);
        self.act(|worker| worker.busy = false);
    }

    /// The stream context's id; of a chain, the one of its first plugin.
    pub fn context_id(&self) -> u32 {
        self.with(|stream| stream.filters.first().map_or(0, |filter| filter.context_id))
    }

    /// The request's headers arrive.
    pub fn request_headers(&mut self, headers: impl Into<Headers>, end: End) {
        let end = end == End::Yes;
        self.act(|worker| worker.headers_come(self.id, Way::Request, headers.into(), end));
    }

    /// A chunk of the request's body arrives.
    pub fn request_body(&mut self, chunk: impl AsRef<[u8]>, end: End) {
        self.body(Way::Request, chunk.as_ref(), end);
    }

    /// The request's trailers arrive, and end it.
    pub fn request_trailers(&mut self, trailers: impl Into<Headers>) {
        if !self.with(|stream| stream.replied) {
            self.act(|worker| worker.trailers_come(self.id, Way::Request, trailers.into()));
        }
    }

    /// The response's headers arrive from the upstream.
    pub fn response_headers(&mut self, headers: impl Into<Headers>, end: End) {
        if !self.with(|stream| stream.replied) {
            let end = end == End::Yes;
            self.act(|worker| worker.headers_come(self.id, Way::Response, headers.into(), end));
        }
    }

    /// A chunk of the response's body arrives from the upstream.
    pub fn response_body(&mut self, chunk: impl AsRef<[u8]>, end: End) {
        self.body(Way::Response, chunk.as_ref(), end);
    }

    fn body(&mut self, way: Way, chunk: &[u8], end: End) {
        let guest = self.with(|stream| stream.filters.first().map(|filter| filter.guest));
        let pieces = self.worker.borrow_mut().pieces(guest, chunk, end);
        for (piece, end) in pieces {
            if !self.with(|stream| stream.replied) {
                self.act(|worker| worker.body_comes(self.id, way, piece.to_owned(), end));
            }
        }
    }

    /// The response's trailers arrive from the upstream, and end it.
    pub fn response_trailers(&mut self, trailers: impl Into<Headers>) {
        if !self.with(|stream| stream.replied) {
            self.act(|worker| worker.trailers_come(self.id, Way::Response, trailers.into()));
        }
    }

    /// Whether the client asks for no body.
    pub(crate) fn is_head(&self) -> bool {
        self.with(|stream| stream.head)
    }

    /// What has reached the upstream; `None` while the headers have not.
    pub fn upstream(&self) -> Option<Message> {
        self.with(|stream| stream.request.clone())
    }

    /// What has reached the client; `None` while the headers have not.
    pub fn response(&self) -> Option<Message> {
        self.with(|stream| stream.response.clone())
    }

    /// Takes what of the request's body has reached the upstream since it was last taken: then
    /// [`Http::upstream`] does not have it any more.
    pub fn take_upstream_body(&mut self) -> Vec<u8> {
        self.with(|stream| stream.request.as_mut().map(|message| std::mem::take(&mut message.body)))
            .unwrap_or_default()
    }

    /// Takes what of the response's body has reached the client since it was last taken: then
    /// [`Http::response`] does not have it any more.
    pub fn take_response_body(&mut self) -> Vec<u8> {
        self.with(|stream| {
            stream.response.as_mut().map(|message| std::mem::take(&mut message.body))
        })
        .unwrap_or_default()
    }

    /// The upstream gives no answer: the client gets the 503 that Envoy makes of it.
    pub fn upstream_fails(&mut self, reason: &str) {
        let text = "upstream connect error or disconnect/reset before headers. reset reason: ";
        let details =
            format!("upstream_reset_before_response_started{{{}}}", reason.replace(' ', "_"));
        let body = format!("{text}{reason}").into_bytes();
        let reply = LocalReply { details, ..LocalReply::new(503, body) };
        if !self.with(|stream| stream.replied) {
            self.act(|worker| worker.reply(self.id, reply));
        }
    }

    /// The upstream breaks its response off.
    pub fn upstream_breaks(&mut self) {
        if !self.with(|stream| stream.replied) {
            self.act(|worker| worker.reset(self.id));
        }
    }

    /// What a plugin has answered by itself.
    ///
    /// # Errors
    /// None has.
    pub fn local_reply(&self) -> Result<LocalReply, Error> {
        self.with(|stream| stream.local_reply.clone())
            .ok_or_else(|| Error::NotThere("no plugin has answered the request".to_owned()))
    }

    /// The HTTP calls that this stream has made and that wait for their answer.
    pub fn callouts(&self) -> Callouts {
        let contexts = self.contexts();
        Callouts::of(&self.worker, |guest, call| contexts.contains(&(guest, call.made_by)))
    }

    /// The gRPC calls and streams that this stream has made and that are under way.
    pub fn grpc_calls(&self) -> Callouts<GrpcCall> {
        let contexts = self.contexts();
        let made = |guest, call: &PendingGrpc| contexts.contains(&(guest, call.made_by));
        Callouts(GrpcCall::all(&self.worker, made))
    }

    /// Guest and context of each filter.
    fn contexts(&self) -> Vec<(usize, u32)> {
        self.with(|stream| {
            let filters = stream.filters.iter();
            filters.map(|filter| (filter.guest, filter.context_id)).collect()
        })
    }

    /// Whether the stream was broken off: by the plugin, or because a reply came too late.
    pub fn is_reset(&self) -> bool {
        self.with(|stream| stream.reset)
    }

    /// What the last callback of the stream has used. The callbacks that answer its calls are those of
    /// the plugin: see [`Plugin::last`](crate::Plugin::last).
    ///
    /// # Panics
    /// No callback has run.
    #[track_caller]
    pub fn last(&self) -> Used {
        let last = self.with(|stream| stream.info.borrow().last);
        let Some(last) = last else { panic!("no callback of the stream has run") };
        last
    }

    /// Leaves metadata for the stream, as a filter in front of the plugin would.
    pub fn metadata(&mut self, namespace: &str, key: &str, value: MetadataValue) {
        self.with(|stream| {
            let mut info = stream.info.borrow_mut();
            let values = info.metadata.entry(namespace.to_owned()).or_default();
            values.insert(key.to_owned(), value);
        });
    }

    /// An object of the stream's filter state: `wasm.` and a path is what a plugin has set as a
    /// property of its own.
    pub fn filter_state(&self, name: impl AsRef<[u8]>) -> Option<Vec<u8>> {
        self.with(|stream| stream.info.borrow().filter_state.get(name.as_ref()).cloned())
    }

    /// The client speaks HTTP/2.
    pub(crate) fn http2(&self) {
        self.with(|stream| stream.info.borrow_mut().http2 = true);
    }

    /// What stands behind the plugins.
    pub(crate) fn route(&self, route: Route) {
        self.with(|stream| stream.route(route));
    }

    /// A route for requests with a header, which answers by itself.
    pub(crate) fn route_by_header(&self, name: &str, value: &str, reply: LocalReply) {
        let header = (name.to_owned(), value.to_owned());
        self.with(|stream| stream.routes_by_header.push((header, reply)));
    }

    /// Ends the stream, if it has not ended: on_log, on_done, on_delete.
    pub fn close(self) {}
}

impl Drop for Http {
    fn drop(&mut self) {
        let mut worker = self.worker.borrow_mut();
        worker.finish(self.id);
        worker.streams.remove(&self.id);
        worker.settle();
    }
}
