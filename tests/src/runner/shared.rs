//! What the VMs of one host process share.

use std::collections::{BTreeMap, HashMap};

use super::kept::Kept;
use super::log::LogLevel;
use super::metrics::Metrics;
use super::queues::Queues;

/// What the VMs of one host process share: the canary's survives it.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) metrics: Metrics,
    /// By VM id and key: the value and its compare-and-swap number.
    pub(crate) data: HashMap<(String, Vec<u8>), (Vec<u8>, u32)>,
    pub(crate) last_cas: u32,
    pub(crate) queues: Queues,
    /// What metrics, data and queues hold.
    pub(crate) kept: Kept,
    /// The clusters that plugins can call, and whether a connection to each succeeds.
    pub(crate) clusters: BTreeMap<String, bool>,
    /// The time, in nanoseconds since 1970. It stands still until a test moves it on.
    pub(crate) now: u64,
    /// Where the randomness of each VM begins.
    pub(crate) seed: u64,
    /// The level of the host's log, which guests can ask for.
    pub(crate) log_level: LogLevel,
    /// How many calls guests have made.
    pub(crate) calls: u64,
}

impl Default for Shared {
    fn default() -> Self {
        /// 2026-01-01 00:00:00 UTC, in every run.
        const BEGIN: u64 = 1_767_225_600_000_000_000;
        Self {
            metrics: Metrics::default(),
            data: HashMap::new(),
            last_cas: 0,
            queues: Queues::default(),
            kept: Kept::default(),
            clusters: BTreeMap::new(),
            now: BEGIN,
            seed: 0,
            log_level: LogLevel::Info,
            calls: 0,
        }
    }
}
