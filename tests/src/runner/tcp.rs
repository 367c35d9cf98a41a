//! The handle of a TCP connection.

use std::cell::RefCell;
use std::rc::Rc;

use super::connection::{Connection, Peer, State};
use super::info::Info;
use super::stats::Used;
use super::way::End;
use super::worker::Worker;

/// A TCP connection through one plugin or through several, with Envoy's TCP proxy behind them. Dropping
/// it breaks the connection from the client's side.
#[derive(Debug)]
pub struct Tcp {
    worker: Rc<RefCell<Worker>>,
    id: u64,
}

impl Tcp {
    /// Accepts a connection from this address for this cluster through these plugins: guest and plugin
    /// context of each.
    pub(crate) fn accept(
        worker: &Rc<RefCell<Worker>>,
        plugins: &[(usize, u32)],
        from: &str,
        cluster: &str,
    ) -> Self {
        let id = {
            let mut worker = worker.borrow_mut();
            let now = worker.surroundings.shared().now;
            let id = worker.connection(plugins, Info::of(from, now), cluster);
            worker.accept(id);
            worker.settle();
            id
        };
        Self { worker: Rc::clone(worker), id }
    }

    fn act(&self, act: impl FnOnce(&mut Worker)) {
        let mut worker = self.worker.borrow_mut();
        act(&mut worker);
        worker.settle();
    }

    fn with<T: Default>(&self, look: impl FnOnce(&Connection) -> T) -> T {
        self.worker.borrow().connections.get(&self.id).map(look).unwrap_or_default()
    }

    /// The client sends something, or ends its side.
    pub fn downstream_data(&mut self, chunk: impl AsRef<[u8]>, end: End) {
        for (piece, end) in self.pieces(chunk.as_ref(), end) {
            self.act(|worker| worker.client_sends(self.id, piece, end));
        }
    }

    /// The upstream sends something, or ends its side.
    pub fn upstream_data(&mut self, chunk: impl AsRef<[u8]>, end: End) {
        for (piece, end) in self.pieces(chunk.as_ref(), end) {
            self.act(|worker| worker.upstream_sends(self.id, piece, end));
        }
    }

    /// As what parts a chunk arrives, and whether each is the end.
    fn pieces<'a>(&self, chunk: &'a [u8], end: End) -> Vec<(&'a [u8], bool)> {
        let guest = self.with(|connection| connection.filters.first().map(|filter| filter.guest));
        self.worker.borrow_mut().pieces(guest, chunk, end)
    }

    /// The upstream breaks the connection, if there is one to it, and so Envoy does with the client's.
    pub fn upstream_breaks(&mut self) {
        if self.with(|connection| connection.state == State::Connected) {
            self.act(|worker| worker.close(self.id, Peer::Local));
        }
    }

    /// The cluster that the connection goes to, or has gone to; `None` before.
    pub fn cluster(&self) -> Option<String> {
        self.with(|connection| connection.went_to.clone())
    }

    /// What has reached the upstream, and whether the client's end has.
    pub fn upstream(&self) -> (Vec<u8>, bool) {
        self.with(|connection| connection.upstream.clone())
    }

    /// What has reached the client, and whether the upstream's end has.
    pub fn downstream(&self) -> (Vec<u8>, bool) {
        self.with(|connection| connection.downstream.clone())
    }

    /// Whether the connection is closed.
    pub fn is_closed(&self) -> bool {
        self.with(|connection| connection.state == State::Closed)
    }

    /// What the last callback of the connection has used.
    ///
    /// # Panics
    /// No callback has run.
    #[track_caller]
    pub fn last(&self) -> Used {
        let last = self.with(|connection| connection.info.borrow().last);
        let Some(last) = last else { panic!("no callback of the connection has run") };
        last
    }

    /// The client breaks the connection.
    pub fn reset(self) {}
}

impl Drop for Tcp {
    fn drop(&mut self) {
        self.act(|worker| worker.client_leaves(self.id));
    }
}
