//! Plugins before they run.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::boot;
use super::code::SharedCode;
use super::error::Error;
use super::fault::Fault;
use super::host::{Setup, Surroundings};
use super::log::LogLevel;
use super::plugin::Plugin;
use super::process::Process;
use super::rig::Rig;
#[cfg(doc)]
use super::stats::Stats;
use super::worker::Worker;
use crate::case::FailurePolicy;

/// A plugin's configuration: what Envoy has beside `vm_config`.
#[derive(Clone)]
pub struct PluginBuilder {
    code: SharedCode,
    setup: Setup,
    clusters: Vec<(String, bool)>,
    background: bool,
    time: Option<Duration>,
    seed: Option<u64>,
    log_level: Option<LogLevel>,
    rig: Rig,
    process: Process,
    /// The VM to share, and where it runs.
    beside: Option<(Rc<RefCell<Worker>>, usize)>,
}

impl std::fmt::Debug for PluginBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginBuilder").field("setup", &self.setup).finish_non_exhaustive()
    }
}

impl PluginBuilder {
    pub(crate) fn new(code: SharedCode, setup: Setup) -> Self {
        Self {
            code,
            setup,
            clusters: Vec::new(),
            background: false,
            time: None,
            seed: None,
            log_level: None,
            rig: Rig::default(),
            process: Process::default(),
            beside: None,
        }
    }

    /// In the VM of another plugin.
    pub(crate) fn beside(
        code: &SharedCode,
        setup: Setup,
        worker: &Rc<RefCell<Worker>>,
        guest: usize,
    ) -> Self {
        let beside = Some((Rc::clone(worker), guest));
        Self { beside, ..Self::new(Arc::clone(code), setup) }
    }

    /// Sets the plugin configuration, which the plugin can read in `proxy_on_configure`.
    #[must_use]
    pub fn configuration(mut self, configuration: impl Into<Vec<u8>>) -> Self {
        self.setup.plugin_configuration = configuration.into();
        self
    }

    /// Sets the plugin's name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.setup.plugin_name = name.into();
        self
    }

    /// Sets the root id.
    #[must_use]
    pub fn root_id(mut self, root_id: impl Into<String>) -> Self {
        self.setup.root_id = root_id.into();
        self
    }

    /// Says what becomes of streams once a callback has trapped: by default they fail.
    #[must_use]
    pub fn failure_policy(mut self, policy: FailurePolicy) -> Self {
        self.setup.failure_policy = policy;
        self
    }

    /// Restricts the plugin to these hostcalls and callbacks, by their names in the ABI (`proxy_log`,
    /// `fd_write`, `proxy_on_tick`). Other hostcalls fail, other callbacks are never called. It holds for
    /// all plugins of a VM that the first of them makes; without any name nothing is restricted.
    #[must_use]
    pub fn capabilities<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.setup.capabilities = names.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a cluster that the host knows: plugins can call it. A call to another fails.
    #[must_use]
    pub fn cluster(mut self, name: impl Into<String>) -> Self {
        self.clusters.push((name.into(), true));
        self
    }

    /// Adds a cluster to which no TCP connection succeeds.
    #[must_use]
    pub fn refusing_cluster(mut self, name: impl Into<String>) -> Self {
        self.clusters.push((name.into(), false));
        self
    }

    /// It runs in this process, in a worker of its own. Without this, its process is its own.
    #[must_use]
    pub fn process(mut self, process: &Process) -> Self {
        self.process = process.clone();
        self
    }

    /// Sets the host's clock, as the time since 1970, before the plugin starts.
    #[must_use]
    pub fn time(mut self, since_1970: Duration) -> Self {
        self.time = Some(since_1970);
        self
    }

    /// Sets where the randomness of VMs begins: with the same seed each run has the same.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the level of the host's log: what `proxy_get_log_level` tells. Envoy's is `info` unless it is
    /// told otherwise. [`Plugin::take_log`] gives the lines below it as well.
    #[must_use]
    pub fn log_level(mut self, level: LogLevel) -> Self {
        self.log_level = Some(level);
        self
    }

    /// It runs beside all traffic, once: what Envoy calls a singleton of `envoy.bootstrap.wasm`. A
    /// filter runs in Envoy's main thread as well, where its ticks come and no traffic does.
    #[must_use]
    pub fn background(mut self) -> Self {
        self.background = true;
        self
    }

    /// Records every callback and hostcall, for [`Plugin::take_trace`].
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.rig.traced = true;
        self
    }

    /// Measures how much of its stack each callback uses: see [`Stats::stack_bytes`]. The part of the memory
    /// where rustc puts the stack is filled with a pattern, which costs some time at each callback.
    #[must_use]
    pub fn stack_measured(mut self) -> Self {
        self.rig.stack = Some(self.code.stack());
        self
    }

    /// Something goes wrong from the beginning, in each VM that is booted. What goes wrong later is for
    /// [`Plugin::faults`].
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.rig.faults.push(fault);
        self
    }

    /// Boots the plugin in Envoy's order: a base VM, a canary that is started, configured and
    /// dropped, then the VM of the main thread and the one that serves.
    ///
    /// # Errors
    /// Envoy would refuse the module, or the plugin refused to start.
    pub fn start(self) -> Result<Plugin, Error> {
        let setup = Arc::new(self.setup);
        let (worker, vm) = match self.beside {
            Some((worker, guest)) => (worker, Some(guest)),
            None => {
                let surroundings =
                    Surroundings { shared: self.process.shared, ..Surroundings::default() };
                (Rc::new(RefCell::new(Worker::new(surroundings))), None)
            }
        };
        let started = {
            let mut worker = worker.borrow_mut();
            {
                let mut shared = worker.surroundings.shared();
                shared.clusters.extend(self.clusters);
                shared.now = self.time.map_or(shared.now, |time| time.as_nanos() as u64);
                shared.seed = self.seed.unwrap_or(shared.seed);
                shared.log_level = self.log_level.unwrap_or(shared.log_level);
            }
            let (background, rig) = (self.background, &self.rig);
            let started = boot::start(&mut worker, &self.code, &setup, vm, background, rig)?;
            worker.settle();
            started
        };
        Ok(Plugin::new(worker, self.code, started))
    }
}
