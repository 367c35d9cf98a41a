//! A module that passed Envoy's checks, ready to run plugins.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::abi::AbiVersion;
use super::builder::PluginBuilder;
use super::code::{Code, SharedCode};
use super::error::Error;
use super::host::Setup;

/// A module with its VM configuration: what Envoy calls `vm_config`.
#[derive(Clone)]
pub struct Vm {
    code: SharedCode,
    vm_id: String,
    configuration: Vec<u8>,
    environment: Vec<(String, String)>,
}

impl fmt::Debug for Vm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vm")
            .field("abi", &self.code.loaded.abi)
            .field("vm_id", &self.vm_id)
            .finish_non_exhaustive()
    }
}

impl Vm {
    /// Reads and compiles a module.
    ///
    /// # Errors
    /// The file cannot be read, or Envoy would not load it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let module =
            std::fs::read(path).map_err(|error| Error::Read { path: path.to_owned(), error })?;
        Self::new(&module)
    }

    /// Compiles a module from its bytes.
    ///
    /// # Errors
    /// Envoy would not load it.
    pub fn new(module: &[u8]) -> Result<Self, Error> {
        let code = Arc::new(Code::load(module)?);
        Ok(Self { code, vm_id: String::new(), configuration: Vec::new(), environment: Vec::new() })
    }

    /// Sets the VM's id.
    #[must_use]
    pub fn vm_id(self, vm_id: impl Into<String>) -> Self {
        Self { vm_id: vm_id.into(), ..self }
    }

    /// Sets the VM configuration, which the plugin can read in `proxy_on_vm_start`.
    #[must_use]
    pub fn configuration(self, configuration: impl Into<Vec<u8>>) -> Self {
        Self { configuration: configuration.into(), ..self }
    }

    /// Adds an environment variable, which the module can read through WASI.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The ABI version that the module speaks.
    pub fn abi_version(&self) -> AbiVersion {
        self.code.loaded.abi
    }

    /// A plugin to configure and start in a VM of this module.
    pub fn plugin(&self) -> PluginBuilder {
        PluginBuilder::new(
            Arc::clone(&self.code),
            Setup {
                vm_id: self.vm_id.clone(),
                vm_configuration: self.configuration.clone(),
                environment: self.environment.clone(),
                ..Setup::default()
            },
        )
    }
}
