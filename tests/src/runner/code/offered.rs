//! What the host offers to modules.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use wasmtime::{Extern, Linker, Store};

use super::engine;
use super::signature::Signature;
use crate::runner::abi::AbiVersion;
use crate::runner::host::{Host, Setup, Surroundings};
use crate::runner::{hostcalls, wasi};

/// What it offers to modules of an ABI version.
pub(crate) struct Offered {
    pub(super) linker: Linker<Host>,
    /// By `module.name`.
    signatures: BTreeMap<String, Signature>,
}

impl Offered {
    pub(crate) fn to(abi: AbiVersion) -> &'static Self {
        static OFFERED: OnceLock<[Offered; 3]> = OnceLock::new();
        &OFFERED.get_or_init(|| AbiVersion::ALL.map(Self::make))[abi as usize]
    }

    fn make(abi: AbiVersion) -> Self {
        let mut linker = Linker::new(engine());
        hostcalls::offer(&mut linker, abi).expect("each hostcall is offered once");
        wasi::offer(&mut linker).expect("each WASI function is offered once");
        let host = Host::new(abi, &Arc::new(Setup::default()), &Surroundings::default());
        let mut store = Store::new(engine(), host);
        let offered: Vec<(String, Extern)> = linker
            .iter(&mut store)
            .map(|(module, name, offered)| (format!("{module}.{name}"), offered))
            .collect();
        let signatures = offered
            .into_iter()
            .filter_map(|(name, offered)| {
                Some((name, Signature::of_host(&offered.into_func()?.ty(&store))))
            })
            .collect();
        Self { linker, signatures }
    }

    /// The type of a function, by `module.name`.
    pub(crate) fn signature(&self, name: &str) -> Option<&Signature> {
        self.signatures.get(name)
    }

    /// All of them, as `module.name`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.signatures.keys().map(String::as_str)
    }
}
