//! What callbacks may use.

use super::stats::Stats;

/// The most that a callback may use. What it does not name is not limited.
///
/// ```
/// use whit_test::{Budget, End, Vm};
///
/// # fn check(module: &[u8]) -> Result<(), whit_test::Error> {
/// const HEADERS: Budget = Budget::new().instructions(300).hostcalls(2).log_bytes(0);
///
/// let plugin = Vm::new(module)?.plugin().start()?;
/// let mut http = plugin.http();
/// http.request_headers([(":method", "GET"), (":path", "/"), (":authority", "a")], End::Yes);
/// http.last().assert_within(&HEADERS);
///
/// // Or whatever has happened: of each figure the most that one call has used.
/// http.close();
/// plugin.most("proxy_on_request_headers").assert_within(&HEADERS);
/// # Ok(())
/// # }
/// ```
///
/// A callback that is over its budget fails the test:
///
/// ```text
/// proxy_on_request_headers is over its budget: instructions: 412 used, 300 allowed; hostcalls: 3 used, 2 allowed
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    instructions: Option<u64>,
    hostcalls: Option<u64>,
    allocations: Option<u64>,
    allocated_bytes: Option<u64>,
    log_bytes: Option<u64>,
    pages: Option<u64>,
    stack_bytes: Option<u64>,
}

impl Budget {
    /// Nothing is limited.
    pub const fn new() -> Self {
        Self {
            instructions: None,
            hostcalls: None,
            allocations: None,
            allocated_bytes: None,
            log_bytes: None,
            pages: None,
            stack_bytes: None,
        }
    }

    /// At most so many guest instructions.
    #[must_use]
    pub const fn instructions(self, most: u64) -> Self {
        Self { instructions: Some(most), ..self }
    }

    /// At most so many hostcalls.
    #[must_use]
    pub const fn hostcalls(self, most: u64) -> Self {
        Self { hostcalls: Some(most), ..self }
    }

    /// At most so many calls of the guest's allocator.
    #[must_use]
    pub const fn allocations(self, most: u64) -> Self {
        Self { allocations: Some(most), ..self }
    }

    /// At most so many bytes for which the guest's allocator is called.
    #[must_use]
    pub const fn allocated_bytes(self, most: u64) -> Self {
        Self { allocated_bytes: Some(most), ..self }
    }

    /// At most so many bytes of log messages.
    #[must_use]
    pub const fn log_bytes(self, most: u64) -> Self {
        Self { log_bytes: Some(most), ..self }
    }

    /// At most so many pages of memory when it has returned.
    #[must_use]
    pub const fn pages(self, most: u64) -> Self {
        Self { pages: Some(most), ..self }
    }

    /// At most so many bytes of stack, which must be
    /// [measured](crate::PluginBuilder::stack_measured).
    #[must_use]
    pub const fn stack_bytes(self, most: u64) -> Self {
        Self { stack_bytes: Some(most), ..self }
    }

    /// What of it is not enough.
    pub(crate) fn exceeded_by(&self, used: &Stats) -> Vec<String> {
        let figures = [
            ("instructions", Some(used.instructions), self.instructions),
            ("hostcalls", Some(used.hostcalls), self.hostcalls),
            ("allocations", Some(used.allocations), self.allocations),
            ("allocated bytes", Some(used.allocated_bytes), self.allocated_bytes),
            ("bytes of log", Some(used.log_bytes), self.log_bytes),
            ("pages", Some(used.pages), self.pages),
            ("bytes of stack", used.stack_bytes, self.stack_bytes),
        ];
        let over = |(what, used, most): (&str, Option<u64>, Option<u64>)| {
            let most = most?;
            let used = match used {
                Some(used) if used <= most => return None,
                Some(used) => format!("{used} used"),
                None => "not measured (see PluginBuilder::stack_measured)".to_owned(),
            };
            Some(format!("{what}: {used}, {most} allowed"))
        };
        figures.into_iter().filter_map(over).collect()
    }
}
