//! Plugins before they run.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::boot;
use super::code::SharedCode;
use super::error::Error;
use super::fault::Fault;
use super::host::Setup;
use super::plugin::Plugin;
use super::rig::Rig;
#[cfg(doc)]
use super::stats::Stats;
use super::worker::Worker;

/// A plugin's configuration: what Envoy has beside `vm_config`.
#[derive(Clone)]
pub struct PluginBuilder {
    code: SharedCode,
    setup: Setup,
    clusters: Vec<(String, bool)>,
    background: bool,
    rig: Rig,
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
        let rig = Rig::default();
        Self { code, setup, clusters: Vec::new(), background: false, rig, beside: None }
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
            None => (Rc::new(RefCell::new(Worker::default())), None),
        };
        let started = {
            let mut worker = worker.borrow_mut();
            worker.surroundings.shared().clusters.extend(self.clusters);
            let (background, rig) = (self.background, &self.rig);
            let started = boot::start(&mut worker, &self.code, &setup, vm, background, rig)?;
            worker.settle();
            started
        };
        Ok(Plugin::new(worker, self.code, started))
    }
}
