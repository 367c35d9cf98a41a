//! How plugins end.

use super::worker::Worker;

impl Worker {
    /// A plugin is to end: on_done, and on_delete unless it wants to wait for `proxy_done`.
    pub(crate) fn shut_down(&mut self, guest: usize, context_id: u32) {
        let Some(context) = self.context(guest, context_id) else { return };
        if std::mem::replace(&mut context.ending, true) || self.guests[guest].failed() {
            return;
        }
        let waits = self.guests[guest].exports("proxy_on_done")
            && self
                .call(guest, context_id, "proxy_on_done", &[context_id])
                .is_some_and(|called| called.result == 0);
        if let Some(context) = self.context(guest, context_id) {
            context.waits_for_done = waits;
        }
        if !waits {
            self.delete(guest, context_id);
        }
    }

    /// The last of a plugin.
    pub(crate) fn delete(&mut self, guest: usize, context_id: u32) {
        self.tell(guest, context_id, "proxy_on_delete", &[context_id]);
        let host = self.guests[guest].store.data_mut();
        host.contexts.remove(&context_id);
        host.timers.remove(&context_id);
    }
}
