//! An HTTP stream through a chain of filters, with Envoy's buffering and pausing.

use std::cell::RefCell;
use std::rc::Rc;

use super::context::{Context, Messages};
use super::flow::Flow;
use super::headers::Headers;
use super::info::{Info, Upstream};
use super::message::{LocalReply, Message};
use super::way::Way;
use super::worker::Worker;
use crate::case::Case;

/// A stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) info: Rc<RefCell<Info>>,
    pub(crate) messages: Rc<RefCell<Messages>>,
    /// In the order in which a request passes them; a response passes them in the reverse one.
    pub(crate) filters: Vec<Filter>,
    /// What has passed all filters, once the headers have.
    pub(super) request: Option<Message>,
    pub(super) response: Option<Message>,
    pub(super) route: Option<Route>,
    /// Routes that are tried before it, by a header.
    pub(super) routes_by_header: Vec<((String, String), LocalReply)>,
    /// The client speaks gRPC.
    pub(super) grpc: bool,
    /// The client asks for no body.
    pub(super) head: bool,
    /// What the plugin answered last.
    pub(super) local_reply: Option<LocalReply>,
    /// The response comes from a plugin, the host or the route, not from the upstream.
    pub(super) replied: bool,
    /// The response is final: what is still under way of another one does not count.
    pub(super) answered: bool,
    pub(super) reset: bool,
    /// Its last callbacks have run.
    pub(super) over: bool,
}

/// What stands behind the filters, where a test has more than the stream itself in hand. A request
/// without a path finds no route.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// It answers as soon as the request's headers have passed.
    Direct(LocalReply),
    /// An upstream answers.
    Upstream,
}

/// A plugin's place in a stream.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) guest: usize,
    pub(super) plugin_context: u32,
    pub(crate) context_id: u32,
    pub(super) created: bool,
    /// Its VM has failed the stream: it sees nothing more of it.
    pub(super) failed: bool,
    pub(super) request: Flow,
    pub(super) response: Flow,
}

impl Stream {
    /// Whether nothing more of a message matters.
    pub(super) fn is_over(&self, way: Way) -> bool {
        self.over || self.reset || (way == Way::Response && self.answered)
    }

    pub(super) fn flow(&mut self, way: Way, filter: usize) -> &mut Flow {
        let filter = &mut self.filters[filter];
        match way {
            Way::Request => &mut filter.request,
            Way::Response => &mut filter.response,
        }
    }

    /// The filter that a message meets first.
    pub(super) fn first(&self, way: Way) -> Option<usize> {
        match way {
            Way::Request => (!self.filters.is_empty()).then_some(0),
            Way::Response => self.filters.len().checked_sub(1),
        }
    }

    /// The filter that a message meets next.
    pub(super) fn next(&self, way: Way, filter: usize) -> Option<usize> {
        match way {
            Way::Request => Some(filter + 1).filter(|next| *next < self.filters.len()),
            Way::Response => filter.checked_sub(1),
        }
    }

    /// What stands behind the filters is known.
    pub(crate) fn route(&mut self, route: Route) {
        if matches!(route, Route::Direct(_)) {
            self.info.borrow_mut().cluster = None;
        }
        self.route = Some(route);
    }

    /// The request's headers come to the router. Envoy chooses the route anew whenever a plugin of these ABIs
    /// has changed them.
    pub(super) fn choose_route(&mut self, headers: &Headers) -> Option<Route> {
        let mut routes = self.routes_by_header.iter();
        let chosen = routes.find(|((name, value), _)| headers.get(name) == Some(value.as_bytes()));
        if let Some((_, reply)) = chosen {
            self.route(Route::Direct(reply.clone()));
        }
        self.route.clone()
    }

    /// The upstream has the request.
    pub(super) fn reaches_upstream(&mut self) {
        self.info.borrow_mut().upstream = Some(Upstream::default());
    }

    pub(super) fn passed(&mut self, way: Way) -> &mut Option<Message> {
        match way {
            Way::Request => &mut self.request,
            Way::Response => &mut self.response,
        }
    }
}

/// Streams begin and end.
impl Worker {
    /// A new stream through these plugins: guest and plugin context of each.
    pub(crate) fn open(&mut self, plugins: &[(usize, u32)]) -> u64 {
        let id = self.next_stream;
        self.next_stream += 1;
        let messages = Rc::default();
        let now = self.surroundings.shared().now;
        let cluster = Some(Case::CLUSTER.to_owned());
        let info =
            Info { http: true, connection_id: id, cluster, ..Info::of("127.0.0.1:50000", now) };
        let info = Rc::new(RefCell::new(info));
        let mut filters = Vec::new();
        let plugins: Vec<_> = plugins.iter().filter_map(|plugin| self.serving(*plugin)).collect();
        for (place, &(guest, plugin_context)) in plugins.iter().enumerate() {
            let host = self.guests[guest].store.data_mut();
            let setup = match host.contexts.get(&plugin_context) {
                Some(context) => std::sync::Arc::clone(&context.setup),
                None => std::sync::Arc::clone(&host.setup),
            };
            let context = Context::http(&setup, plugin_context, (id, place), &info, &messages);
            filters.push(Filter {
                guest,
                plugin_context,
                context_id: host.create_context(context),
                created: false,
                failed: false,
                request: Flow::default(),
                response: Flow::default(),
            });
        }
        let stream = Stream {
            info,
            messages,
            filters,
            request: None,
            response: None,
            route: None,
            routes_by_header: Vec::new(),
            grpc: false,
            head: false,
            local_reply: None,
            replied: false,
            answered: false,
            reset: false,
            over: false,
        };
        self.streams.insert(id, stream);
        id
    }

    /// The stream is broken off.
    pub(crate) fn reset(&mut self, id: u64) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.reset = true;
            self.finish(id);
        }
    }

    /// The last callbacks of a stream, once: each filter's on_log, then each filter's on_done and
    /// on_delete.
    pub(crate) fn finish(&mut self, id: u64) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if std::mem::replace(&mut stream.over, true) {
            return;
        }
        for filter in 0..stream.filters.len() {
            // on_log may be the first callback of a stream.
            self.create(id, filter);
            self.logging(id, filter, true);
            self.call_last(id, filter, "proxy_on_log");
            self.logging(id, filter, false);
        }
        self.delete_filters(id);
    }

    /// Each filter's on_done and on_delete.
    pub(super) fn delete_filters(&mut self, id: u64) {
        for filter in 0..self.streams[&id].filters.len() {
            self.call_last(id, filter, "proxy_on_done");
            self.call_last(id, filter, "proxy_on_delete");
            let Filter { guest, context_id, .. } = self.streams[&id].filters[filter];
            self.guests[guest].store.data_mut().contexts.remove(&context_id);
        }
    }

    fn logging(&mut self, id: u64, filter: usize, logging: bool) {
        let Filter { guest, context_id, .. } = self.streams[&id].filters[filter];
        if let Some(http) =
            self.context(guest, context_id).and_then(|context| context.http.as_mut())
        {
            http.logging = logging;
        }
    }

    fn call_last(&mut self, id: u64, filter: usize, name: &'static str) {
        let Filter { guest, context_id, .. } = self.streams[&id].filters[filter];
        self.tell(guest, context_id, name, &[context_id]);
    }

    pub(super) fn create(&mut self, id: u64, filter: usize) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let filter = &mut stream.filters[filter];
        if std::mem::replace(&mut filter.created, true) {
            return;
        }
        let (guest, context_id, parent) = (filter.guest, filter.context_id, filter.plugin_context);
        // What it asks for is done with what the next callback asks for: a local reply from here does
        // not keep the request from the plugin.
        if !self.guests[guest].failed() {
            self.enter(guest, context_id, "proxy_on_context_create", &[context_id, parent]);
        }
    }

    pub(super) fn stream(&mut self, id: u64) -> &mut Stream {
        self.streams.get_mut(&id).expect("a stream is there until its handle is gone")
    }
}
