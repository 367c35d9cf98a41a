//! What is known of a stream beside its messages: Envoy's `StreamInfo`, and what it costs.

use std::collections::{BTreeMap, HashMap};

use super::kept::Kept;
use super::stats::Used;
use super::trap::Stopped;
use crate::case::MetadataValue;

/// What is known of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Info {
    /// Where the client's connection comes from, with the port.
    pub(crate) source: String,
    /// Where it goes to.
    pub(crate) destination: String,
    pub(crate) connection_id: u64,
    /// When it began, in nanoseconds since 1970.
    pub(crate) start: u64,
    /// Whether it is one of HTTP.
    pub(crate) http: bool,
    /// Whether the client speaks HTTP/2.
    pub(crate) http2: bool,
    /// Of bodies, or of what a TCP connection carries.
    pub(crate) bytes_received: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) status: Option<u16>,
    pub(crate) details: Option<String>,
    /// The cluster that it goes to, once that is known.
    pub(crate) cluster: Option<String>,
    /// The host of that cluster, once there is a connection to it.
    pub(crate) upstream: Option<Upstream>,
    /// What other filters have left, by their namespace.
    pub(crate) metadata: Metadata,
    /// What filters have set, by name.
    pub(crate) filter_state: HashMap<Vec<u8>, Vec<u8>>,
    /// What that holds.
    pub(super) kept: Kept,
    /// What the last callback of the stream has used.
    pub(crate) last: Option<Used>,
}

/// A connection to an upstream host.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    pub(crate) address: String,
    pub(crate) local_address: String,
}

impl Default for Upstream {
    fn default() -> Self {
        Self { address: "127.0.0.1:8000".to_owned(), local_address: "127.0.0.1:50001".to_owned() }
    }
}

/// Dynamic metadata: by namespace and by key.
pub(crate) type Metadata = BTreeMap<String, BTreeMap<String, MetadataValue>>;

impl Info {
    /// Of a connection from this address.
    pub(crate) fn of(source: &str, start: u64) -> Self {
        let (source, destination) = (source.to_owned(), "127.0.0.1:10000".to_owned());
        Self { source, destination, start, ..Self::default() }
    }

    /// A filter sets an object of the filter state.
    pub(crate) fn set(&mut self, name: Vec<u8>, value: Vec<u8>) -> Result<(), Stopped> {
        let size = |value: &Vec<u8>| name.len() + value.len();
        self.kept.replace(self.filter_state.get(&name).map(size), size(&value))?;
        self.filter_state.insert(name, value);
        Ok(())
    }

    /// The cluster to which a filter routes a connection.
    pub(crate) fn routed_to(&self) -> Option<String> {
        let name = self.filter_state.get(&b"envoy.tcp_proxy.cluster"[..])?;
        Some(String::from_utf8_lossy(name).into_owned())
    }
}
