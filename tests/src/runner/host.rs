//! The state of one VM, as its hostcalls see it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::{Func, Memory};

use super::abi::AbiVersion;
use super::callout::HttpCall;
use super::clock::Timer;
use super::context::{Context, Http, Tcp};
use super::deferred::{Deferred, What};
use super::grpc::PendingGrpc;
use super::hostcalls::BUDGET;
use super::info::Info;
use super::kept::Kept;
use super::limits::Limits;
use super::log::{Log, LogLevel, LogLine};
use super::metrics::MetricIds;
use super::misuse::Misuses;
use super::shape::Shape;
use super::shared::Shared;
use super::stats::Stats;
use super::trace::Recorder;
use super::trap::Stopped;
use crate::case::FailurePolicy;

/// What a VM and its plugin are configured with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Setup {
    pub(crate) vm_id: String,
    pub(crate) vm_configuration: Vec<u8>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) plugin_name: String,
    pub(crate) root_id: String,
    pub(crate) plugin_configuration: Vec<u8>,
    pub(crate) failure_policy: FailurePolicy,
    /// What the VM may use; everything if it is empty.
    pub(crate) capabilities: BTreeSet<String>,
}

impl Setup {
    /// Whether a hostcall may be made, and a callback is called.
    pub(crate) fn may(&self, name: &str) -> bool {
        self.capabilities.is_empty() || self.capabilities.contains(name)
    }
}

/// How often a callback may look at the clock before time passes.
const LOOKS: u32 = 1000;
/// How long each further look takes, in nanoseconds.
const LOOK: u64 = 1_000_000;

/// The context of the VM itself: it runs start functions and the allocator.
pub(crate) const VM_CONTEXT: u32 = 0;

/// Which hostcalls trap at this moment, as V8 has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restriction {
    None,
    /// A start function runs.
    Starting,
    /// The allocator runs.
    Allocating,
}

/// What a VM is made in: the process that it shares, and where it logs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    pub(crate) shared: Arc<Mutex<Shared>>,
    pub(crate) log: Rc<RefCell<Log>>,
}

impl Surroundings {
    pub(crate) fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of one VM.
pub(crate) struct Host {
    pub(crate) abi: AbiVersion,
    /// Of the plugin for which the VM was made; what it says of the VM holds for all its plugins.
    pub(crate) setup: Arc<Setup>,
    /// Which of its worker's guests it is; none for a canary.
    pub(crate) place: Option<usize>,
    /// Whether the module names its functions: then a trap comes with a backtrace.
    pub(crate) has_names: bool,
    pub(crate) memory: Option<Memory>,
    pub(crate) malloc: Option<(&'static Shape, Func)>,
    pub(crate) restriction: Restriction,
    /// The context whose callback runs.
    pub(crate) current: u32,
    /// What `proxy_set_effective_context` chose; 0 for none.
    pub(crate) effective: u32,
    pub(crate) contexts: BTreeMap<u32, Context>,
    next_context_id: u32,
    /// HTTP calls that wait for their answer, by token.
    pub(crate) calls: BTreeMap<u32, HttpCall>,
    pub(crate) last_call: u32,
    /// gRPC calls and streams, by token.
    pub(crate) grpc: BTreeMap<u32, PendingGrpc>,
    pub(crate) last_grpc_call: u32,
    pub(crate) last_grpc_stream: u32,
    /// By plugin context.
    pub(crate) timers: BTreeMap<u32, Timer>,
    /// What the host logs as errors of the VM.
    pub(crate) errors: Vec<String>,
    pub(crate) metrics: MetricIds,
    /// What errors, calls that wait and ids of metrics hold.
    pub(crate) kept: Kept,
    /// What the plugin does wrong that the host only answers with a status.
    pub(crate) misuses: Misuses,
    /// The VM is dead: a callback trapped.
    pub(crate) failed: bool,
    /// A local reply was sent in this callback: its action does not count.
    pub(crate) stop_iteration: bool,
    /// What runs after the callback.
    pub(crate) deferred: VecDeque<Deferred>,
    /// What has been used until now, but for pages.
    pub(crate) used: Stats,
    /// Where the VM's randomness stands.
    pub(crate) random: u64,
    /// What the callback that runs may still cost the host.
    pub(crate) budget: u64,
    /// How often it has looked at the clock.
    pub(crate) looks: u32,
    pub(crate) limits: Limits,
    /// What crosses the boundary, if a test wants to know.
    pub(crate) trace: Option<Recorder>,
    surroundings: Surroundings,
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
    pub(crate) fn new(abi: AbiVersion, setup: &Arc<Setup>, surroundings: &Surroundings) -> Self {
        Self {
            abi,
            setup: Arc::clone(setup),
            place: None,
            has_names: false,
            memory: None,
            malloc: None,
            restriction: Restriction::None,
            current: VM_CONTEXT,
            effective: 0,
            contexts: BTreeMap::from([(VM_CONTEXT, Context::plugin(setup))]),
            next_context_id: 1,
            calls: BTreeMap::new(),
            last_call: 0,
            grpc: BTreeMap::new(),
            last_grpc_call: 0,
            last_grpc_stream: 0,
            timers: BTreeMap::new(),
            errors: Vec::new(),
            metrics: MetricIds::default(),
            kept: Kept::default(),
            misuses: Misuses::default(),
            failed: false,
            stop_iteration: false,
            deferred: VecDeque::new(),
            used: Stats::default(),
            random: surroundings.shared().seed,
            budget: BUDGET,
            looks: 0,
            limits: Limits::default(),
            trace: None,
            surroundings: surroundings.clone(),
        }
    }

    /// A call of this function kills the VM.
    pub(crate) fn fail(&mut self, function: &str, reason: &str) {
        self.errors.push(format!("Function: {function} failed: {reason}"));
        self.failed = true;
    }

    /// A gRPC call that waits no more.
    pub(crate) fn end_grpc(&mut self, token: u32) {
        if let Some(call) = self.grpc.remove(&token) {
            self.kept.remove(call.kept);
        }
    }

    /// Makes a context.
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

    pub(crate) fn context(&mut self) -> Option<&mut Context> {
        let id = self.context_id();
        self.contexts.get_mut(&id)
    }

    /// The plugin context of the context that hostcalls are about.
    pub(crate) fn plugin_context_id(&self) -> u32 {
        let id = self.context_id();
        self.contexts
            .get(&id)
            .map_or(id, |context| if context.parent == 0 { id } else { context.parent })
    }

    pub(crate) fn plugin_context(&mut self) -> Option<&mut Context> {
        let id = self.plugin_context_id();
        self.contexts.get_mut(&id)
    }

    /// The HTTP stream that hostcalls are about.
    pub(crate) fn http(&mut self) -> Option<&mut Http> {
        self.context()?.http.as_mut()
    }

    /// The TCP connection that hostcalls are about.
    pub(crate) fn tcp(&mut self) -> Option<&mut Tcp> {
        self.context()?.tcp.as_mut()
    }

    /// What is known of the stream that hostcalls are about.
    pub(crate) fn info(&mut self) -> Option<Rc<RefCell<Info>>> {
        self.context()?.info.clone()
    }

    /// Does this once the callback has returned, for the context that hostcalls are about.
    pub(crate) fn defer(&mut self, what: What) {
        let context_id = self.context_id();
        self.deferred.push_back(Deferred { context_id, what });
    }

    pub(crate) fn shared(&self) -> MutexGuard<'_, Shared> {
        self.surroundings.shared()
    }

    /// Takes from what the callback may cost.
    pub(crate) fn charge(&mut self, cost: u64) -> Result<(), Stopped> {
        self.budget = self.budget.checked_sub(cost).ok_or(Stopped::OverBudget)?;
        Ok(())
    }

    /// What the clock shows. It stands still during a callback, but for one that waits for it to move on.
    pub(crate) fn look_at_clock(&mut self) -> u64 {
        self.looks += 1;
        let mut shared = self.shared();
        if self.looks > LOOKS {
            shared.now += LOOK;
        }
        shared.now
    }

    pub(crate) fn log(&mut self, level: LogLevel, message: &[u8]) -> Result<(), Stopped> {
        self.used.log_bytes += message.len() as u64;
        let context_id = self.context_id();
        let message = String::from_utf8_lossy(message).into_owned();
        self.surroundings.log.borrow_mut().push(LogLine { context_id, level, message })
    }

    /// What its VM, and those that share its log, have logged.
    pub(crate) fn logged(&self) -> Vec<LogLine> {
        self.surroundings.log.borrow().lines().to_vec()
    }
}
