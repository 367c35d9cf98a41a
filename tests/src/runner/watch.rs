//! What a test wants to know of a VM, and does to it.

use super::guest::Guest;
use super::rig::Rig;
use super::stack::{self, Stack};
use super::stats::{Stats, Used};
use super::trace::{Recorder, Trace};

impl Guest {
    /// From now on a test wants this.
    pub(crate) fn equip(&mut self, rig: &Rig) {
        let host = self.store.data_mut();
        if rig.traced && host.trace.is_none() {
            host.trace = Some(Recorder::new());
        }
        rig.faults.iter().cloned().for_each(|fault| host.limits.faults.arm(fault));
        if self.stack.is_none() {
            self.stack = rig.stack;
            if let Some(stack) = self.stack_memory() {
                stack::paint(stack);
            }
        }
    }

    /// The stack to measure, where it lies in the memory.
    fn stack_memory(&mut self) -> Option<&mut [u8]> {
        let Some(Stack::Below(top)) = self.stack else { return None };
        let memory = self.store.data().memory?;
        memory.data_mut(&mut self.store).get_mut(..top as usize)
    }

    /// How much of its stack a call has used that has just returned.
    fn stack_used(&mut self) -> Option<u64> {
        match self.stack? {
            Stack::None => Some(0),
            Stack::Below(_) => self.stack_memory().map(|memory| stack::used(memory) as u64),
            Stack::Elsewhere => None,
        }
    }

    /// What has been recorded since the last time; `None` if nothing is.
    pub(crate) fn take_trace(&mut self) -> Option<Trace> {
        self.store.data_mut().trace.as_mut().map(Recorder::take)
    }

    /// A call has ended: what it has used is what was used since then.
    pub(super) fn account(&mut self, context_id: u32, name: &'static str, before: Stats) {
        let stack_bytes = self.stack_used();
        let used = Stats { stack_bytes, ..self.stats().since(before) };
        let last = Used { callback: name, stats: used };
        self.last = Some(last);
        if let Some(function) = self.functions.get_mut(name) {
            function.most = Some(function.most.unwrap_or_default().most(used));
        }
        let host = self.store.data_mut();
        host.used.stack_bytes = host.used.stack_bytes.max(stack_bytes);
        let context = host.contexts.get(&context_id);
        if let Some(info) = context.and_then(|context| context.info.as_ref()) {
            info.borrow_mut().last = Some(last);
        }
    }

    /// What has been used since the VM was made.
    pub(crate) fn stats(&self) -> Stats {
        let pages = self.store.data().memory.map_or(0, |memory| memory.size(&self.store));
        Stats { pages, ..self.store.data().used }
    }

    pub(crate) fn instructions(&self) -> u64 {
        self.store.data().used.instructions
    }

    /// The most that a call of an export has used; `None` if there was none.
    pub(crate) fn most(&self, name: &str) -> Option<Used> {
        let function = self.functions.get(name)?;
        Some(Used { callback: function.shape.name, stats: function.most? })
    }
}
