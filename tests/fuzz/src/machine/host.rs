//! The host's side of a VM.

use wasmtime::{StoreLimits, StoreLimitsBuilder};

use crate::input::Input;

/// How far the memory grows.
const MOST_MEMORY: usize = 16 << 20;
/// Calls that wait for their answer.
const MOST_CALLS: usize = 64;

/// What the host answers with, and what it must remember.
pub(super) struct Host {
    pub(super) configuration: Vec<u8>,
    pub(super) limits: StoreLimits,
    /// A script, how far it has been read, and whether there is one: without, the host is as hosts are.
    script: Vec<u8>,
    at: usize,
    pub(super) is_honest: bool,
    /// Whether a callback runs within a hostcall.
    pub(super) is_nested: bool,
    /// Tokens of calls that have no answer yet.
    pub(super) calls: Vec<u32>,
}

impl Host {
    pub(super) fn new(configuration: Vec<u8>) -> Self {
        Self {
            configuration,
            limits: StoreLimitsBuilder::new().memory_size(MOST_MEMORY).build(),
            script: Vec::new(),
            at: 0,
            is_honest: true,
            is_nested: false,
            calls: Vec::new(),
        }
    }

    pub(super) fn begin(&mut self, script: &[u8]) {
        (self.script, self.at, self.is_honest) = (script.to_vec(), 0, false);
    }

    pub(super) fn is_over(&self) -> bool {
        self.at == self.script.len()
    }

    /// Reads on in the script.
    pub(super) fn take<T>(&mut self, read: impl FnOnce(&mut Input<'_>) -> T) -> T {
        let mut input = Input::new(&self.script[self.at..]);
        let taken = read(&mut input);
        self.at = self.script.len() - input.rest().len();
        taken
    }

    /// A call was made.
    pub(super) fn called(&mut self, token: u32) {
        if self.calls.len() < MOST_CALLS {
            self.calls.push(token);
        }
    }
}
