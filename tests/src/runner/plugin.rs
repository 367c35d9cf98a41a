//! A plugin in a running VM.

use std::sync::{Arc, Mutex};

use super::code::SharedCode;
use super::error::{Error, Refusal};
use super::exchange::{Answer, Exchange, Request};
use super::guest::Guest;
use super::host::{Context, LogLine, Setup, Shared};
use super::http::Http;
use crate::refusal::VM_FAILED;

/// A plugin's configuration: what Envoy has beside `vm_config`.
#[derive(Clone)]
pub struct PluginBuilder {
    code: SharedCode,
    setup: Setup,
}

impl std::fmt::Debug for PluginBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginBuilder").field("setup", &self.setup).finish_non_exhaustive()
    }
}

impl PluginBuilder {
    pub(crate) fn new(code: SharedCode, setup: Setup) -> Self {
        Self { code, setup }
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

    /// Boots the plugin in Envoy's order: a base VM, a canary that is started, configured and
    /// dropped, then the VM that serves.
    ///
    /// # Errors
    /// Envoy would refuse the module, or the plugin refused to start.
    pub fn start(self) -> Result<Plugin, Error> {
        let setup = Arc::new(self.setup);
        let shared = Arc::default();
        drop(Guest::initialize(&self.code, &setup, &shared)?);
        drop(Plugin::boot(&self.code, &setup, &shared, "base")?);
        Ok(Plugin::boot(&self.code, &setup, &shared, "thread-local")?)
    }
}

/// A plugin that runs.
#[derive(Debug)]
pub struct Plugin {
    pub(crate) guest: Guest,
    context_id: u32,
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
    /// `stage` is the word with which Envoy says which of its VMs fails.
    fn boot(
        code: &SharedCode,
        setup: &Arc<Setup>,
        shared: &Arc<Mutex<Shared>>,
        stage: &str,
    ) -> Result<Self, Refusal> {
        let mut guest = Guest::initialize(code, setup, shared)?;
        let context_id = guest.store.data_mut().create_context(Context::default());

        let refuse = |guest: &mut Guest, what: &str| {
            let host = guest.store.data_mut();
            let mut log = std::mem::take(&mut host.errors);
            log.push(format!("{VM_FAILED}Failed to {what}"));
            Refusal { log, help: None }
        };

        guest.store.data_mut().configuring = true;
        guest.call(context_id, "proxy_on_context_create", &[context_id, 0]);
        guest.store.data_mut().configuring = false;
        let size = setup.vm_configuration.len() as u32;
        // In a VM that a trap has just killed as well. A trap answers 0.
        if guest.exports("proxy_on_vm_start")
            && guest.call(context_id, "proxy_on_vm_start", &[context_id, size]).unwrap_or(0) == 0
        {
            let mut refusal = refuse(&mut guest, &format!("start {stage} Wasm"));
            refusal.help =
                (refusal.log.len() == 1).then(|| "proxy_on_vm_start returned 0".to_owned());
            return Err(refusal);
        }

        let alive = !guest.failed();
        guest.store.data_mut().configuring = true;
        let size = setup.plugin_configuration.len() as u32;
        if alive
            && guest.exports("proxy_on_configure")
            && guest.call(context_id, "proxy_on_configure", &[context_id, size]).unwrap_or(0) == 0
        {
            let mut refusal = refuse(&mut guest, &format!("configure {stage} Wasm plugin"));
            refusal.help =
                (refusal.log.len() == 1).then(|| "proxy_on_configure returned 0".to_owned());
            return Err(refusal);
        }
        guest.store.data_mut().configuring = false;

        let mut plugin = Self { guest, context_id, boot: Stats::default() };
        plugin.boot = plugin.stats();
        Ok(plugin)
    }

    /// The plugin context's id.
    pub fn context_id(&self) -> u32 {
        self.context_id
    }

    /// A new HTTP stream.
    pub fn http(&mut self) -> Http<'_> {
        Http::new(self)
    }

    /// Drives one request through the plugin, to the answer that the client gets.
    pub fn exchange(&mut self, request: &Request, answer: &Answer) -> Exchange {
        Exchange::run(self, request, answer)
    }

    /// What the guest has logged since it was last asked, or since its VM began to serve.
    pub fn take_log(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.guest.store.data_mut().log)
    }

    /// What the host has logged as errors of the VM: a trap, with the callback's name.
    pub fn errors(&self) -> &[String] {
        &self.guest.store.data().errors
    }

    /// What booting the VM that serves has used.
    pub fn boot_stats(&self) -> Stats {
        self.boot
    }

    /// What the VM that serves has used since it was made.
    pub fn stats(&self) -> Stats {
        Stats {
            instructions: self.guest.fuel,
            hostcalls: self.guest.store.data().hostcalls,
            pages: self.guest.pages(),
        }
    }
}
