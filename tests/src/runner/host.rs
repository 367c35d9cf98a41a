//! The state of one VM, as its hostcalls see it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::{Func, Memory, StoreLimits, StoreLimitsBuilder};

use super::abi::{AbiVersion, Status};
use super::headers::Headers;
use super::message::LocalReply;

/// The level of a log line: the spec's `proxy_log_level_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Critical,
}

impl LogLevel {
    pub(crate) fn from_number(level: u32) -> Option<Self> {
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Critical]
            .get(level as usize)
            .copied()
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        })
    }
}

/// A line that the guest logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The context that logged it.
    pub context_id: u32,
    /// Its level.
    pub level: LogLevel,
    /// The message.
    pub message: String,
}

/// What a VM and its plugin are configured with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    pub(crate) vm_id: String,
    pub(crate) vm_configuration: Vec<u8>,
    pub(crate) plugin_name: String,
    pub(crate) root_id: String,
    pub(crate) plugin_configuration: Vec<u8>,
}

/// The context of the VM itself: it runs start functions and the allocator.
pub(crate) const VM_CONTEXT: u32 = 0;

/// Bytes that a memory may have in Envoy.
const MAX_MEMORY: usize = 1 << 30;
/// Elements that a table may have in V8.
const MAX_TABLE: usize = 10_000_000;

/// Which hostcalls trap at this moment, as V8 has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restriction {
    None,
    /// A start function runs.
    Starting,
    /// The allocator runs.
    Allocating,
}

/// The state of one VM.
pub(crate) struct Host {
    pub(crate) abi: AbiVersion,
    pub(crate) setup: Arc<Setup>,
    /// Whether the module names its functions: then a trap comes with a backtrace.
    pub(crate) has_names: bool,
    pub(crate) memory: Option<Memory>,
    pub(crate) malloc: Option<(&'static str, Func)>,
    pub(crate) restriction: Restriction,
    /// The context whose callback runs.
    pub(crate) current: u32,
    /// What `proxy_set_effective_context` chose; 0 for none.
    pub(crate) effective: u32,
    pub(crate) contexts: BTreeMap<u32, Context>,
    pub(crate) next_context_id: u32,
    /// Whether the plugin configuration can be read now.
    pub(crate) configuring: bool,
    pub(crate) log: Vec<LogLine>,
    /// What the host logs as errors of the VM.
    pub(crate) errors: Vec<String>,
    /// The VM is dead: a callback trapped.
    pub(crate) failed: bool,
    /// A local reply was sent in this callback: its action does not count.
    pub(crate) stop_iteration: bool,
    /// What runs after the callback.
    pub(crate) deferred: VecDeque<Deferred>,
    pub(crate) hostcalls: u64,
    /// What the callback that runs may still cost the host.
    pub(crate) budget: u64,
    pub(crate) limits: StoreLimits,
    pub(crate) shared: Arc<Mutex<Shared>>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("abi", &self.abi)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

impl Host {
    pub(crate) fn new(abi: AbiVersion, setup: Arc<Setup>, shared: Arc<Mutex<Shared>>) -> Self {
        Self {
            abi,
            setup,
            has_names: false,
            memory: None,
            malloc: None,
            restriction: Restriction::None,
            current: VM_CONTEXT,
            effective: 0,
            contexts: BTreeMap::from([(VM_CONTEXT, Context::default())]),
            next_context_id: 1,
            configuring: false,
            log: Vec::new(),
            errors: Vec::new(),
            failed: false,
            stop_iteration: false,
            deferred: VecDeque::new(),
            hostcalls: 0,
            budget: 0,
            limits: StoreLimitsBuilder::new()
                .memory_size(MAX_MEMORY)
                .table_elements(MAX_TABLE)
                .build(),
            shared,
        }
    }

    /// A new context; `parent` is 0 for a plugin context.
    pub(crate) fn create_context(&mut self, context: Context) -> u32 {
        let id = self.next_context_id;
        self.next_context_id += 1;
        self.contexts.insert(id, context);
        id
    }

    /// The context that hostcalls are about.
    pub(crate) fn context_id(&self) -> u32 {
        if self.contexts.contains_key(&self.effective) && self.effective != 0 {
            self.effective
        } else {
            self.current
        }
    }

    pub(crate) fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stream that hostcalls are about.
    pub(crate) fn stream(&mut self) -> Option<&mut Stream> {
        let id = self.context_id();
        self.contexts.get_mut(&id)?.stream.as_mut()
    }
}

/// A plugin context, or a stream context.
#[derive(Debug, Default)]
pub(crate) struct Context {
    pub(crate) stream: Option<Stream>,
}

/// What hostcalls can reach of an HTTP stream.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) request: Side,
    pub(crate) response: Side,
    /// In on_log: the headers as they were sent; nothing can be changed any more.
    pub(crate) logged: Option<(Headers, Headers)>,
    /// What the guest set with `proxy_set_property`.
    pub(crate) properties: HashMap<Vec<u8>, Vec<u8>>,
}

/// The request, or the response.
#[derive(Debug, Default)]
pub(crate) struct Side {
    /// The headers, until they pass on.
    pub(crate) headers: Option<Headers>,
    /// Whether hostcalls reach the headers.
    pub(crate) available: bool,
    /// The part of the body that hostcalls reach.
    pub(crate) body: Option<Vec<u8>>,
}

/// What a hostcall asked for, and the host does after the callback.
#[derive(Debug)]
pub(crate) struct Deferred {
    pub(crate) context_id: u32,
    pub(crate) what: What,
}

/// See [`Deferred`].
#[derive(Debug)]
pub(crate) enum What {
    ContinueRequest,
    ContinueResponse,
    Close,
    Reply(LocalReply),
}

/// What the VMs of a plugin share: the canary's survives it.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) metrics: Metrics,
    /// By key: the value and its compare-and-swap number.
    pub(crate) data: HashMap<Vec<u8>, (Vec<u8>, u32)>,
    pub(crate) last_cas: u32,
}

/// Counters, gauges and histograms: the two low bits of an id are the metric's type. The same type
/// and name is the same metric.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    names: [Vec<Vec<u8>>; 3],
    values: HashMap<u32, u64>,
}

impl Metrics {
    const COUNTER: u32 = 0;
    const GAUGE: u32 = 1;

    pub(crate) fn define(&mut self, metric_type: u32, name: Vec<u8>) -> Result<u32, Status> {
        let names = self.names.get_mut(metric_type as usize).ok_or(Status::BadArgument)?;
        let index = names.iter().position(|found| *found == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        let id = metric_type + 4 * (index as u32 + 1);
        self.values.entry(id).or_default();
        Ok(id)
    }

    pub(crate) fn increment(&mut self, id: u32, offset: i64) -> Result<(), Status> {
        let metric_type = id & 3;
        if metric_type > Self::GAUGE {
            return Err(Status::BadArgument);
        }
        let value = self.values.get_mut(&id).ok_or(Status::NotFound)?;
        if metric_type == Self::COUNTER && offset <= 0 {
            return Err(Status::BadArgument);
        }
        *value = value.wrapping_add_signed(offset);
        Ok(())
    }

    pub(crate) fn record(&mut self, id: u32, value: u64) -> Result<(), Status> {
        let metric = self.values.get_mut(&id).ok_or(Status::NotFound)?;
        *metric = if id & 3 == Self::COUNTER { metric.wrapping_add(value) } else { value };
        Ok(())
    }

    pub(crate) fn get(&self, id: u32) -> Result<u64, Status> {
        if id & 3 > Self::GAUGE {
            return Err(Status::BadArgument);
        }
        self.values.get(&id).copied().ok_or(Status::NotFound)
    }
}
