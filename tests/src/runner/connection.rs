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
    pipes: Rc<RefCell<Pipes>>,
    /// In the order in which what comes from downstream passes them.
    pub(crate) filters: Vec<Filter>,
    /// The cluster that it goes to if no filter says another.
    cluster: String,
    pub(super) state: State,
    /// The cluster that it has gone to.
    pub(super) went_to: Option<String>,
    /// What the client has sent before anything is read, and whether it has ended.
    unread: (Vec<u8>, bool),
    /// The client has ended its side, as far as the filters have seen.
    read_end: bool,
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
    plugin_context: u32,
    pub(crate) context_id: u32,
    /// It has been told of the connection.
    told: bool,
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
        let info = Rc::new(RefCell::new(info));
        let pipes = Rc::default();
        let mut filters = Vec::new();
        for &(guest, plugin_context) in plugins {
            let host = self.guests[guest].store.data_mut();
            let setup = host.contexts.get(&plugin_context).map(|context| &context.setup);
            let setup = Arc::clone(setup.unwrap_or(&host.setup));
            let tcp = Tcp { pipes: Rc::clone(&pipes), downstream: false, upstream: false };
            let context = Context::tcp(&setup, plugin_context, &info, tcp);
            let context_id = host.create_context(context);
            filters.push(Filter { guest, plugin_context, context_id, told: false, over: false });
        }
        let id = self.next_stream;
        self.next_stream += 1;
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

    /// Something comes from the client.
    pub(crate) fn client_sends(&mut self, id: u64, chunk: &[u8], end: bool) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.unread.0.extend(chunk);
        connection.unread.1 |= end;
        self.read(id);
    }

    /// The client is gone. Before the connection has somewhere to go, Envoy does not notice.
    pub(crate) fn client_leaves(&mut self, id: u64) {
        match self.connections.get_mut(&id) {
            Some(connection) if connection.state == State::New => connection.unread.1 = true,
            Some(_) => {
                self.close(id, Peer::Remote);
                self.connections.remove(&id);
            }
            None => {}
        }
    }

    /// Reads what the client has sent, once the connection has somewhere to go.
    fn read(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let (chunk, end) = std::mem::take(&mut connection.unread);
        if connection.state != State::Connected {
            connection.unread = (chunk, end);
            return;
        }
        if chunk.is_empty() && !end {
            return;
        }
        let size = chunk.len() as u64;
        connection.pipes.borrow_mut().downstream.extend(chunk);
        connection.read_end |= end;
        connection.info.borrow_mut().bytes_received += size;
        self.read_on(id, 0);
        self.close_if_both_ended(id, Peer::Remote);
    }

    /// From this filter on: new connections, then what has been read.
    pub(super) fn read_on(&mut self, id: u64, from: usize) {
        let filters = self.connections.get(&id).map_or(0, |connection| connection.filters.len());
        for filter in from..filters {
            if !self.introduce(id, filter) || !self.offer(id, filter) {
                return;
            }
        }
        self.connect(id);
        let Some(connection) = self.open_connection(id) else { return };
        let read = std::mem::take(&mut connection.pipes.borrow_mut().downstream);
        connection.upstream.0.extend(read);
        connection.upstream.1 |= connection.read_end;
    }

    /// on_new_connection. `false` if the filter stops, or the connection is no more.
    fn introduce(&mut self, id: u64, filter: usize) -> bool {
        let Some(connection) = self.open_connection(id) else { return false };
        let filter = &mut connection.filters[filter];
        if std::mem::replace(&mut filter.told, true) {
            return true;
        }
        let (guest, context_id, parent) = (filter.guest, filter.context_id, filter.plugin_context);
        self.tell(guest, context_id, "proxy_on_context_create", &[context_id, parent]);
        self.goes_on(id, guest, context_id, "proxy_on_new_connection", &[context_id])
    }

    /// on_downstream_data, if there is anything. `false` if the filter stops, or the connection is no
    /// more.
    fn offer(&mut self, id: u64, filter: usize) -> bool {
        let Some(connection) = self.open_connection(id) else { return false };
        let (size, end) = (connection.pipes.borrow().downstream.len(), connection.read_end);
        if size == 0 && !end {
            return true;
        }
        let Filter { guest, context_id, .. } = connection.filters[filter];
        self.reaches(guest, context_id, |tcp| tcp.downstream = true);
        let args = [context_id, size as u32, u32::from(end)];
        let goes_on = self.goes_on(id, guest, context_id, "proxy_on_downstream_data", &args);
        if goes_on {
            self.reaches(guest, context_id, |tcp| tcp.downstream = false);
        }
        goes_on
    }

    /// Something comes from the upstream.
    pub(crate) fn upstream_sends(&mut self, id: u64, chunk: &[u8], end: bool) {
        let Some(connection) = self.open_connection(id) else { return };
        connection.pipes.borrow_mut().upstream.extend(chunk);
        for filter in (0..connection.filters.len()).rev() {
            let Some(connection) = self.open_connection(id) else { return };
            let Filter { guest, context_id, .. } = connection.filters[filter];
            let size = connection.pipes.borrow().upstream.len() as u32;
            self.reaches(guest, context_id, |tcp| tcp.upstream = true);
            let args = [context_id, size, u32::from(end)];
            let goes_on = self.goes_on(id, guest, context_id, "proxy_on_upstream_data", &args);
            if goes_on {
                self.reaches(guest, context_id, |tcp| tcp.upstream = false);
            }
            if end && self.open_connection(id).is_some() {
                let args = [context_id, Peer::Unknown as u32];
                self.tell(guest, context_id, "proxy_on_upstream_connection_close", &args);
            }
            if !goes_on {
                return;
            }
        }
        let Some(connection) = self.open_connection(id) else { return };
        let written = std::mem::take(&mut connection.pipes.borrow_mut().upstream);
        connection.info.borrow_mut().bytes_sent += written.len() as u64;
        connection.downstream.0.extend(written);
        connection.downstream.1 |= end;
        self.close_if_both_ended(id, Peer::Local);
    }

    /// Envoy's TCP proxy connects to the cluster that the filter state names, or else its own.
    fn connect(&mut self, id: u64) {
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
    fn goes_on(
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

    fn close_if_both_ended(&mut self, id: u64, peer: Peer) {
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

    fn reaches(&mut self, guest: usize, context_id: u32, change: impl FnOnce(&mut Tcp)) {
        if let Some(tcp) = self.context(guest, context_id).and_then(|context| context.tcp.as_mut())
        {
            change(tcp);
        }
    }

    fn open_connection(&mut self, id: u64) -> Option<&mut Connection> {
        self.connections.get_mut(&id).filter(|connection| connection.state != State::Closed)
    }
}
