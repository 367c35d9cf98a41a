//! What a plugin does wrong that no host tells it but by a status.

use std::fmt;

/// The most that are kept of a VM.
const MOST: usize = 100;

/// Addresses outside the plugin's memory, in a hostcall of one of its callbacks. A host answers with
/// `INVALID_MEMORY_ACCESS`, which plugins overlook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse {
    /// The callback that made the hostcall; empty for what a module runs before it starts.
    pub callback: &'static str,
    /// The hostcall.
    pub hostcall: &'static str,
    /// The address.
    pub address: u32,
    /// How many bytes are meant.
    pub size: u32,
    /// How many the memory has.
    pub memory: usize,
    /// Whether the plugin's allocator returned the address, so that the host writes there.
    pub allocated: bool,
}

/// `proxy_on_log: proxy_log: 5 bytes at 70000 lie outside the memory, which has 65536`.
impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { callback, hostcall, address, size, memory, allocated } = self;
        if !callback.is_empty() {
            write!(f, "{callback}: ")?;
        }
        let whose = if *allocated { ", where the allocator put them," } else { "" };
        write!(
            f,
            "{hostcall}: {size} bytes at {address}{whose} lie outside the memory, which has {memory}"
        )
    }
}

/// Who uses the memory, and what was wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Misuses {
    pub(crate) callback: &'static str,
    pub(crate) hostcall: &'static str,
    /// What the allocator returned for the hostcall that runs.
    pub(crate) allocated: Option<u32>,
    found: Vec<Misuse>,
}

impl Misuses {
    pub(crate) fn note(&mut self, address: u32, size: usize, memory: usize) {
        if self.found.len() < MOST {
            self.found.push(Misuse {
                callback: self.callback,
                hostcall: self.hostcall,
                address,
                size: u32::try_from(size).unwrap_or(u32::MAX),
                memory,
                allocated: self.allocated == Some(address),
            });
        }
    }

    pub(crate) fn found(&self) -> &[Misuse] {
        &self.found
    }
}
