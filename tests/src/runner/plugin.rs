//! Plugins that run.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::boot;
use super::callout::Callouts;
use super::code::SharedCode;
use super::error::Error;
use super::exchange::{Answer, Exchange, Request};
use super::grpc::GrpcCall;
use super::guest::Guest;
use super::host::Setup;
use super::http::Http;
use super::log::LogLine;
use super::tcp::Tcp;
use super::worker::Worker;

/// A plugin's configuration: what Envoy has beside `vm_config`.
#[derive(Clone)]
pub struct PluginBuilder {
    code: SharedCode,
    setup: Setup,
    clusters: Vec<(String, bool)>,
    background: bool,
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
        Self { code, setup, clusters: Vec::new(), background: false, beside: None }
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
        let (guest, context_id) = {
            let mut worker = worker.borrow_mut();
            worker.surroundings.shared().clusters.extend(self.clusters);
            let started = boot::start(&mut worker, &self.code, &setup, vm, self.background)?;
            worker.settle();
            started
        };
        let mut plugin =
            Plugin { worker, guest, context_id, code: self.code, boot: Stats::default() };
        plugin.boot = plugin.stats();
        Ok(plugin)
    }
}

/// A plugin that runs.
#[derive(Debug)]
pub struct Plugin {
    pub(crate) worker: Rc<RefCell<Worker>>,
    pub(crate) guest: usize,
    context_id: u32,
    code: SharedCode,
    boot: Stats,
}

/// What a plugin has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Guest instructions, as wasmtime counts them (fuel).
    pub instructions: u64,
    /// Calls of host functions, WASI's included.
    pub hostcalls: u64,
    /// Pages of 64 KiB that the memory has.
    pub pages: u64,
}

impl Plugin {
    /// Another plugin, in the same VM: Envoy shares one among filters whose code, VM id and VM
    /// configuration are the same.
    pub fn beside(&self) -> PluginBuilder {
        let setup = self.guest(|guest| Setup {
            plugin_name: String::new(),
            root_id: String::new(),
            plugin_configuration: Vec::new(),
            ..Setup::clone(&guest.store.data().setup)
        });
        PluginBuilder {
            beside: Some((Rc::clone(&self.worker), self.guest)),
            ..PluginBuilder::new(Arc::clone(&self.code), setup)
        }
    }

    /// The plugin context's id.
    pub fn context_id(&self) -> u32 {
        self.context_id
    }

    /// A new HTTP stream. Any number can be under way at once.
    pub fn http(&self) -> Http {
        Http::open(&self.worker, &[(self.guest, self.context_id)])
    }

    /// A new HTTP stream through this plugin and then through others of the same host, in the order in
    /// which the request meets them.
    pub fn http_with<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> Http {
        Http::open(&self.worker, &self.chain(others))
    }

    fn chain<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> Vec<(usize, u32)> {
        let mut plugins = vec![(self.guest, self.context_id)];
        for other in others {
            assert!(Rc::ptr_eq(&self.worker, &other.worker), "the plugins run in one host");
            plugins.push((other.guest, other.context_id));
        }
        plugins
    }

    /// A new TCP connection from an address, `127.0.0.1:4711` for instance. It goes to this cluster
    /// unless the plugin routes it.
    pub fn tcp(&self, from: &str, cluster: &str) -> Tcp {
        self.tcp_with([], from, cluster)
    }

    /// A new TCP connection through this plugin and then through others of the same host.
    pub fn tcp_with<'a>(
        &self,
        others: impl IntoIterator<Item = &'a Self>,
        from: &str,
        cluster: &str,
    ) -> Tcp {
        Tcp::accept(&self.worker, &self.chain(others), from, cluster)
    }

    /// Drives one request through the plugin, to the answer that the client gets.
    pub fn exchange(&self, request: &Request, answer: &Answer) -> Exchange {
        Exchange::run(self.http(), request, answer)
    }

    /// The HTTP calls that the plugin and its streams have made and that wait for their answer.
    pub fn callouts(&self) -> Callouts {
        Callouts::of(&self.worker, |guest, call| {
            guest == self.guest && call.context_id == self.context_id
        })
    }

    /// The gRPC calls and streams that the plugin and its streams have made and that are under way.
    pub fn grpc_calls(&self) -> Callouts<GrpcCall> {
        Callouts(GrpcCall::all(&self.worker, |guest, call| {
            guest == self.guest && call.context_id == self.context_id
        }))
    }

    /// The plugin is to end, as when Envoy shuts down: on_done, and on_delete unless the plugin waits for
    /// `proxy_done`.
    pub fn shut_down(&self) {
        self.act(|worker| worker.shut_down(self.guest, self.context_id));
    }

    /// Whether the plugin has ended.
    pub fn has_ended(&self) -> bool {
        self.worker.borrow_mut().context(self.guest, self.context_id).is_none()
    }

    /// Moves the host's clock on. What falls due on the way happens: ticks, and the end of calls that
    /// have waited too long.
    pub fn advance(&self, by: Duration) {
        self.act(|worker| worker.advance(by));
    }

    /// How long it is until the plugin's next tick; `None` if it has set no period.
    pub fn next_tick(&self) -> Option<Duration> {
        let now = self.worker.borrow().surroundings.shared().now;
        self.guest(|guest| {
            let timer = guest.store.data().timers.get(&self.context_id)?;
            Some(Duration::from_nanos(timer.due.saturating_sub(now)))
        })
    }

    /// The value of a counter or of a gauge that a guest has defined.
    pub fn metric(&self, name: &str) -> Option<u64> {
        self.worker.borrow().surroundings.shared().metrics.named(name)
    }

    /// What guests of this host have logged since it was last asked, or since their VM began to serve.
    pub fn take_log(&self) -> Vec<LogLine> {
        std::mem::take(&mut self.worker.borrow().surroundings.log.borrow_mut())
    }

    /// What the host has logged as errors of the VM: a trap, with the callback's name.
    pub fn errors(&self) -> Vec<String> {
        self.guest(|guest| guest.store.data().errors.clone())
    }

    /// What booting the VM that serves has used.
    pub fn boot_stats(&self) -> Stats {
        self.boot
    }

    /// What the VM that serves has used since it was made.
    pub fn stats(&self) -> Stats {
        self.guest(|guest| Stats {
            instructions: guest.fuel,
            hostcalls: guest.store.data().hostcalls,
            pages: guest.pages(),
        })
    }

    fn act(&self, act: impl FnOnce(&mut Worker)) {
        let mut worker = self.worker.borrow_mut();
        act(&mut worker);
        worker.settle();
    }

    fn guest<T>(&self, look: impl FnOnce(&Guest) -> T) -> T {
        look(&self.worker.borrow().guests[self.guest])
    }
}
