//! A TCP connection through a chain of filters, with Envoy's TCP proxy behind them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::context::{Context, Pipes, Tcp};
use super::info::{Info, Upstream};
use super::worker::Worker;

/// Who closes a connection: the spec's `proxy_peer_type_t`, as Envoy fills it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Envoy does not know, and always says so of an upstream.
    Unknown = 0,
    Local = 1,
    Remote = 2,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) info: Rc<RefCell<Info>>,
    pub(super) pipes: Rc<RefCell<Pipes>>,
    /// In the order in which what comes from downstream passes them.
    pub(crate) filters: Vec<Filter>,
    /// The cluster that it goes to if no filter says another.
    cluster: String,
    pub(super) state: State,
    /// The cluster that it has gone to.
    pub(super) went_to: Option<String>,
    /// What the client has sent before anything is read, and whether it has ended.
    pub(super) unread: (Vec<u8>, bool),
    /// The client has ended its side, as far as the filters have seen.
    pub(super) read_end: bool,
    /// What has reached the upstream, and whether its end has.
    pub(super) upstream: (Vec<u8>, bool),
    /// What has reached the client, and whether its end has.
    pub(super) downstream: (Vec<u8>, bool),
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The filters have not all agreed to it: nothing is read.
    New,
    /// It goes to a cluster.
    Connected,
    Closed,
}

/// A plugin's place in a connection.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) guest: usize,
    pub(super) plugin_context: u32,
    pub(crate) context_id: u32,
    /// It has been told of the connection.
    pub(super) told: bool,
    /// Its last callbacks have run.
    over: bool,
}

impl Worker {
    /// A new connection through these plugins: guest and plugin context of each.
    pub(crate) fn connection(
        &mut self,
        plugins: &[(usize, u32)],
        info: Info,
        cluster: &str,
    ) -> u64 {
        let id = self.next_stream;
        self.next_stream += 1;
        let info = Rc::new(RefCell::new(info));
        let pipes = Rc::default();
        let mut filters = Vec::new();
        let plugins: Vec<_> = plugins.iter().filter_map(|plugin| self.serving(*plugin)).collect();
        for (place, &(guest, plugin_context)) in plugins.iter().enumerate() {
            let host = self.guests[guest].store.data_mut();
            let setup = host.contexts.get(&plugin_context).map(|context| &context.setup);
            let setup = Arc::clone(setup.unwrap_or(&host.setup));
            let tcp = Tcp { pipes: Rc::clone(&pipes), downstream: false, upstream: false };
            let context = Context::tcp(&setup, plugin_context, (id, place), &info, tcp);
            let context_id = host.create_context(context);
            filters.push(Filter { guest, plugin_context, context_id, told: false, over: false });
        }
        let connection = Connection {
            info,
            pipes,
            filters,
            cluster: cluster.to_owned(),
            state: State::New,
            went_to: None,
            unread: (Vec::new(), false),
            read_end: false,
            upstream: (Vec::new(), false),
            downstream: (Vec::new(), false),
        };
        connection.info.borrow_mut().connection_id = id;
        self.connections.insert(id, connection);
        id
    }

    /// The filters are told of it, until one stops.
    pub(crate) fn accept(&mut self, id: u64) {
        self.read_on(id, 0);
    }

    /// Envoy's TCP proxy connects to the cluster that the filter state names, or else its own.
    pub(super) fn connect(&mut self, id: u64) {
        let Some(connection) = self.open_connection(id) else { return };
        if connection.state != State::New {
            return;
        }
        let named = connection.info.borrow().routed_to();
        let cluster = named.unwrap_or_else(|| connection.cluster.clone());
        let answers = self.surroundings.shared().clusters.get(&cluster) == Some(&true);
        if answers {
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.state = State::Connected;
                let mut info = connection.info.borrow_mut();
                info.cluster = Some(cluster.clone());
                info.upstream = Some(Upstream::default());
                drop(info);
                connection.went_to = Some(cluster);
            }
            self.read(id);
        } else {
            self.close(id, Peer::Local);
        }
    }

    /// A callback that decides whether the connection goes on.
    pub(super) fn goes_on(
        &mut self,
        id: u64,
        guest: usize,
        context_id: u32,
        name: &'static str,
        args: &[u32],
    ) -> bool {
        let called = if self.guests[guest].failed() {
            None
        } else {
            self.enter(guest, context_id, name, args)
        };
        match called {
            // The plugin fails closed.
            None => {
                self.close(id, Peer::Local);
                false
            }
            Some(called) => {
                self.run_deferred(guest);
                called.result == 0 && self.open_connection(id).is_some()
            }
        }
    }

    pub(super) fn close_if_both_ended(&mut self, id: u64, peer: Peer) {
        let ended = self
            .open_connection(id)
            .is_some_and(|connection| connection.read_end && connection.downstream.1);
        if ended {
            self.close(id, peer);
        }
    }

    /// The connection closes: on_downstream_connection_close, then on_done, on_log and on_delete of
    /// each filter.
    pub(crate) fn close(&mut self, id: u64, peer: Peer) {
        let Some(connection) = self.open_connection(id) else { return };
        connection.state = State::Closed;
        for filter in 0..connection.filters.len() {
            let Some(connection) = self.connections.get_mut(&id) else { return };
            let filter = &mut connection.filters[filter];
            let (guest, context_id, told) = (filter.guest, filter.context_id, filter.told);
            if std::mem::replace(&mut filter.over, true) {
                continue;
            }
            if told {
                let args = [context_id, peer as u32];
                self.tell(guest, context_id, "proxy_on_downstream_connection_close", &args);
                for name in ["proxy_on_done", "proxy_on_log", "proxy_on_delete"] {
                    self.tell(guest, context_id, name, &[context_id]);
                }
            }
            self.guests[guest].store.data_mut().contexts.remove(&context_id);
        }
    }

    pub(super) fn open_connection(&mut self, id: u64) -> Option<&mut Connection> {
        self.connections.get_mut(&id).filter(|connection| connection.state != State::Closed)
    }
}
