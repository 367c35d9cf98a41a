//! Plugins that run.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::builder::PluginBuilder;
use super::callouts::Callouts;
use super::code::SharedCode;
use super::exchange::{Answer, Exchange, Request};
use super::failure::Place;
use super::fault::Faults;
use super::grpc::GrpcCall;
use super::guest::Guest;
use super::host::Setup;
use super::http::Http;
use super::log::LogLine;
use super::misuse::Misuse;
use super::stats::{Stats, Used};
use super::tcp::Tcp;
use super::trace::Trace;
use super::worker::Worker;

/// A plugin that runs.
#[derive(Debug)]
pub struct Plugin {
    pub(crate) worker: Rc<RefCell<Worker>>,
    pub(crate) guest: usize,
    context_id: u32,
    code: SharedCode,
    boot: Stats,
}

impl Plugin {
    pub(crate) fn new(
        worker: Rc<RefCell<Worker>>,
        code: SharedCode,
        (guest, context_id): (usize, u32),
    ) -> Self {
        let mut plugin = Self { worker, guest, context_id, code, boot: Stats::default() };
        plugin.boot = plugin.stats();
        plugin
    }

    /// Another plugin, in the same VM: Envoy shares one among filters whose code, VM id and VM
    /// configuration are the same.
    pub fn beside(&self) -> PluginBuilder {
        let setup = self.guest(|guest| Setup {
            plugin_name: String::new(),
            root_id: String::new(),
            plugin_configuration: Vec::new(),
            ..Setup::clone(&guest.store.data().setup)
        });
        PluginBuilder::beside(&self.code, setup, &self.worker, self.guest)
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
    ///
    /// # Panics
    /// The others do not run in this plugin's host: they were not made with [`Plugin::beside`].
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
    ///
    /// # Panics
    /// The others do not run in this plugin's host: they were not made with [`Plugin::beside`].
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
        let place = self.place();
        Callouts::of(&self.worker, |guest, call| (guest, call.context_id) == place)
    }

    /// The gRPC calls and streams that the plugin and its streams have made and that are under way.
    pub fn grpc_calls(&self) -> Callouts<GrpcCall> {
        let place = self.place();
        Callouts(GrpcCall::all(&self.worker, |guest, call| (guest, call.context_id) == place))
    }

    /// The plugin is to end, as when Envoy shuts down: on_done, and on_delete unless the plugin waits for
    /// `proxy_done`.
    pub fn shut_down(&self) {
        let (guest, context_id) = self.place();
        self.act(|worker| worker.shut_down(guest, context_id));
    }

    /// Whether the plugin has ended.
    pub fn has_ended(&self) -> bool {
        let (guest, context_id) = self.place();
        self.worker.borrow_mut().context(guest, context_id).is_none()
    }

    /// Moves the host's clock on. What falls due on the way happens: ticks, and the end of calls that
    /// have waited too long.
    pub fn advance(&self, by: Duration) {
        self.act(|worker| worker.advance(by));
    }

    /// How long it is until the plugin's next tick; `None` if it has set no period.
    pub fn next_tick(&self) -> Option<Duration> {
        let now = self.worker.borrow().surroundings.shared().now;
        let (_, context_id) = self.place();
        self.guest(|guest| {
            let timer = guest.store.data().timers.get(&context_id)?;
            Some(Duration::from_nanos(timer.due.saturating_sub(now)))
        })
    }

    /// The value of a counter or of a gauge that a guest has defined.
    pub fn metric(&self, name: &str) -> Option<u64> {
        self.worker.borrow().surroundings.shared().metrics.named(name)
    }

    /// What guests of this host have logged since it was last asked, or since their VM began to serve.
    pub fn take_log(&self) -> Vec<LogLine> {
        self.worker.borrow().surroundings.log.borrow_mut().take()
    }

    /// What has crossed the boundary of the plugin's VM since it was last asked, or since the VM was made:
    /// the one that serves, and those that have followed it after a trap. Of the others that Envoy boots
    /// nothing is shown, unless one of them refuses: see [`Refusal::trace`](crate::Refusal::trace).
    ///
    /// # Panics
    /// The plugin is not [traced](PluginBuilder::traced).
    #[track_caller]
    pub fn take_trace(&self) -> Trace {
        let mut worker = self.worker.borrow_mut();
        let places: Vec<_> = worker.places((self.guest, self.context_id)).collect();
        let traces = places.into_iter().map(|(guest, _)| worker.guests[guest].take_trace());
        let Some(traces) = traces.collect::<Option<Vec<_>>>() else {
            drop(worker);
            panic!("the plugin is not traced: start it with PluginBuilder::traced")
        };
        traces.into_iter().fold(Trace::default(), Trace::followed_by)
    }

    /// What goes wrong in the plugin's VM because a test wants it to.
    pub fn faults(&self) -> Faults<'_> {
        Faults { plugin: self }
    }

    /// What the host has logged as errors of the VM: a trap, with the callback's name.
    pub fn errors(&self) -> Vec<String> {
        let worker = self.worker.borrow();
        let places = worker.places((self.guest, self.context_id));
        places.flat_map(|(guest, _)| worker.guests[guest].store.data().errors.clone()).collect()
    }

    /// Hostcalls that were given addresses outside the plugin's memory (by it, or by its allocator), and such that
    /// may not be made when they were: the first hundred. A host answers with a status or a trap, and so
    /// does this one.
    pub fn misuses(&self) -> Vec<Misuse> {
        let worker = self.worker.borrow();
        let places = worker.places((self.guest, self.context_id));
        let misuses = |guest: usize| worker.guests[guest].store.data().misuses.found().to_vec();
        places.flat_map(|(guest, _)| misuses(guest)).collect()
    }

    /// As [`Plugin::errors`], since it was last taken.
    pub fn take_errors(&self) -> Vec<String> {
        let mut worker = self.worker.borrow_mut();
        let places: Vec<_> = worker.places((self.guest, self.context_id)).collect();
        let errors = places.into_iter().flat_map(|(guest, _)| {
            std::mem::take(&mut worker.guests[guest].store.data_mut().errors)
        });
        errors.collect()
    }

    /// What booting the VM that serves has used.
    pub fn boot_stats(&self) -> Stats {
        self.boot
    }

    /// What the VM that serves has used since it was made.
    pub fn stats(&self) -> Stats {
        self.guest(Guest::stats)
    }

    /// What the last callback of the plugin's VM has used, whatever it was about: a stream has
    /// [its own](Http::last).
    ///
    /// # Panics
    /// No callback has run.
    #[track_caller]
    pub fn last(&self) -> Used {
        let Some(last) = self.guest(|guest| guest.last) else { panic!("no callback has run") };
        last
    }

    /// Of each figure the most that one call of this callback has used since the VM was made.
    ///
    /// # Panics
    /// It has not run.
    #[track_caller]
    pub fn most(&self, callback: &str) -> Used {
        let Some(most) = self.guest(|guest| guest.most(callback)) else {
            panic!("{callback} has not run")
        };
        most
    }

    fn act(&self, act: impl FnOnce(&mut Worker)) {
        let mut worker = self.worker.borrow_mut();
        act(&mut worker);
        worker.settle();
    }

    /// The VM in which it runs, and its context there.
    pub(crate) fn place(&self) -> Place {
        self.worker.borrow().place((self.guest, self.context_id))
    }

    fn guest<T>(&self, look: impl FnOnce(&Guest) -> T) -> T {
        let (guest, _) = self.place();
        look(&self.worker.borrow().guests[guest])
    }
}
