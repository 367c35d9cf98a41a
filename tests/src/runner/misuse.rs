//! What a plugin does wrong that a host tells by a status, or in words that do not say where.

use std::fmt;

/// The most that are kept of a VM.
const MOST: usize = 100;

/// A hostcall that a plugin should not have made as it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse {
    /// The callback, or the start function, that made the hostcall.
    pub callback: &'static str,
    /// The hostcall.
    pub hostcall: &'static str,
    /// What was wrong.
    pub wrong: Wrong,
}

/// What is wrong with a hostcall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Bytes that it is given, or that the allocator gives it, lie outside the plugin's memory. A host answers with
    /// `INVALID_MEMORY_ACCESS`, which plugins overlook.
    Outside {
        /// The address.
        address: u32,
        /// How many bytes are meant.
        size: u32,
        /// How many the memory has.
        memory: usize,
        /// Whether the plugin's allocator returned the address, so that the host writes there.
        allocated: bool,
    },
    /// It may not be made while a module starts, or while its allocator runs: a trap.
    NotNow,
}

/// `proxy_on_log: proxy_log: 5 bytes at 70000 lie outside the memory, which has 65536`.
impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { callback, hostcall, wrong } = self;
        write!(f, "{callback}: {hostcall}: ")?;
        match wrong {
            Wrong::Outside { address, size, memory, allocated } => {
                let whose = if *allocated { ", where the allocator put them," } else { "" };
                write!(
                    f,
                    "{size} bytes at {address}{whose} lie outside the memory, which has {memory}"
                )
            }
            Wrong::NotNow => {
                f.write_str("it may not be made while a module starts or its allocator runs")
            }
        }
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
    pub(crate) fn outside(&mut self, address: u32, size: usize, memory: usize) {
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let allocated = self.allocated == Some(address);
        self.note(Wrong::Outside { address, size, memory, allocated });
    }

    pub(crate) fn not_now(&mut self) {
        self.note(Wrong::NotNow);
    }

    fn note(&mut self, wrong: Wrong) {
        if self.found.len() < MOST {
            let Self { callback, hostcall, .. } = *self;
            self.found.push(Misuse { callback, hostcall, wrong });
        }
    }

    pub(crate) fn found(&self) -> &[Misuse] {
        &self.found
    }
}
