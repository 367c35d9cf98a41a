//! How data flow through the filters of a TCP connection.

use super::connection::{Filter, Peer, State};
use super::context::Tcp;
use super::worker::Worker;

impl Worker {
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
    pub(super) fn read(&mut self, id: u64) {
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

    fn reaches(&mut self, guest: usize, context_id: u32, change: impl FnOnce(&mut Tcp)) {
        if let Some(tcp) = self.context(guest, context_id).and_then(|context| context.tcp.as_mut())
        {
            change(tcp);
        }
    }
}
