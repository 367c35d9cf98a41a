//! Host processes of several workers.

use std::sync::{Arc, Mutex, PoisonError};

use super::shared::Shared;

/// A host process, whose workers are plugins that were started in it, each on whatever thread it likes: they
/// share what the VMs of one process share, shared data, metrics and the clock.
///
/// ```
/// use whit_test::{Process, Vm};
///
/// # fn check(module: &[u8]) -> Result<(), whit_test::Error> {
/// let process = Process::default();
/// std::thread::scope(|threads| {
///     for _ in 0..4 {
///         threads.spawn(|| {
///             let vm = Vm::new(module).expect("a module").vm_id("limits");
///             let plugin = vm.plugin().process(&process).start().expect("it starts");
///             // …
///         });
///     }
/// });
/// assert_eq!(process.shared_data("limits").len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// Envoy starts canaries one after the other, before workers: a test that starts the first plugin before its
/// threads does as Envoy does. Messages in queues are told to plugins of the worker that puts them in, so a process of
/// several is not for them.
#[derive(Clone, Debug, Default)]
pub struct Process {
    pub(crate) shared: Arc<Mutex<Shared>>,
}

impl Process {
    /// The keys and values that the VMs of an id share, in the order of the keys.
    pub fn shared_data(&self, vm_id: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let of_id = shared.data.iter().filter(|((id, _), _)| id == vm_id);
        let mut data: Vec<_> =
            of_id.map(|((_, key), (value, _))| (key.clone(), value.clone())).collect();
        data.sort();
        data
    }
}
