//! What callbacks use.

use std::ops::Deref;

use super::budget::Budget;

/// What a plugin's VM has used, or one callback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Guest instructions, as wasmtime counts them (fuel).
    pub instructions: u64,
    /// Calls of host functions, WASI's included.
    pub hostcalls: u64,
    /// Calls of the guest's allocator by the host, for bytes that it hands over.
    pub allocations: u64,
    /// The bytes that these were for.
    pub allocated_bytes: u64,
    /// Bytes of messages that were logged, through WASI as well.
    pub log_bytes: u64,
    /// Pages of 64 KiB that the memory has.
    pub pages: u64,
    /// How far down the guest has written its stack: of one callback, or the most of all.
    ///
    /// `None` if nobody has asked ([`PluginBuilder::stack_measured`](crate::PluginBuilder::stack_measured)),
    /// or if the stack is not where rustc puts it: at the beginning of the memory, below the data. 0 if the
    /// module has no stack in its memory, or has not used it.
    pub stack_bytes: Option<u64>,
}

impl Stats {
    /// What was used after `before`. Pages and the stack's mark are no sums, and stay as they are.
    ///
    /// ```
    /// # fn check(plugin: &whit_test::Plugin) {
    /// assert!(plugin.stats().since(plugin.boot_stats()).instructions < 10_000);
    /// # }
    /// ```
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            instructions: self.instructions - before.instructions,
            hostcalls: self.hostcalls - before.hostcalls,
            allocations: self.allocations - before.allocations,
            allocated_bytes: self.allocated_bytes - before.allocated_bytes,
            log_bytes: self.log_bytes - before.log_bytes,
            ..self
        }
    }

    /// The larger of each figure.
    pub(crate) fn most(self, other: Self) -> Self {
        Self {
            instructions: self.instructions.max(other.instructions),
            hostcalls: self.hostcalls.max(other.hostcalls),
            allocations: self.allocations.max(other.allocations),
            allocated_bytes: self.allocated_bytes.max(other.allocated_bytes),
            log_bytes: self.log_bytes.max(other.log_bytes),
            pages: self.pages.max(other.pages),
            stack_bytes: self.stack_bytes.max(other.stack_bytes),
        }
    }
}

/// What a callback has used: its [`Stats`], and which it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The callback.
    pub callback: &'static str,
    /// What it has used.
    pub stats: Stats,
}

impl Deref for Used {
    type Target = Stats;

    fn deref(&self) -> &Stats {
        &self.stats
    }
}

impl Used {
    /// Fails the test if it is more than this.
    ///
    /// # Panics
    /// It is, with a message that says which callback has used how much of what, and what is allowed.
    #[track_caller]
    pub fn assert_within(&self, budget: &Budget) {
        let over = budget.exceeded_by(&self.stats);
        assert!(over.is_empty(), "{} is over its budget: {}", self.callback, over.join("; "));
    }
}
