//! Queues that VMs share.

use crate::hostcall;
use crate::status::Result;

/// A shared queue. Who registered it last is told of messages
/// ([`Plugin::on_queue_ready`](crate::Plugin::on_queue_ready)), and takes them out with
/// [`Context::dequeue`](crate::Context::dequeue).
///
/// Spec: "Shared Queues".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Queue(pub(crate) u32);

impl Queue {
    /// Opens the queue of this name in the plugin's own VM id, or makes it.
    ///
    /// # Errors
    /// [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): the host restricts this
    /// capability.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # use whit::Queue;
    /// # #[derive(Default)]
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_configure(&mut self, _: &PluginContext<'_>, _size: usize) -> Result<bool> {
    ///     Queue::register("jobs")?.enqueue(b"the first")?;
    ///     Ok(true)
    /// }
    ///
    /// fn on_queue_ready(&mut self, plugin: &PluginContext<'_>, queue: Queue) -> Result<()> {
    ///     while let Some(job) = plugin.dequeue(queue)? {
    ///         whit::info!("job ", job);
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_register_shared_queue`.
    #[doc(alias = "proxy_register_shared_queue")]
    #[inline]
    pub fn register(name: impl AsRef<[u8]>) -> Result<Self> {
        hostcall::register_shared_queue(name.as_ref()).map(Self)
    }

    /// Finds a queue that a VM of this id has registered.
    ///
    /// # Errors
    /// - [`Status::NOT_FOUND`](crate::Status::NOT_FOUND): nobody has.
    /// - [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): the host restricts this
    ///   capability.
    ///
    /// ```
    /// # use whit::Queue;
    /// # fn example() -> whit::Result<()> {
    /// let jobs = Queue::resolve("worker", "jobs")?;
    /// jobs.enqueue(b"the first")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Spec: `proxy_resolve_shared_queue`.
    #[doc(alias = "proxy_resolve_shared_queue")]
    #[inline]
    pub fn resolve(vm_id: impl AsRef<[u8]>, name: impl AsRef<[u8]>) -> Result<Self> {
        hostcall::resolve_shared_queue(vm_id.as_ref(), name.as_ref()).map(Self)
    }

    /// Puts a message into the queue.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`](crate::Status::NOT_FOUND): there is no such queue.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// let path = http.request_headers().get(names::PATH)?.unwrap_or_default();
    /// Queue::resolve("worker", "paths")?.enqueue(path)?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_enqueue_shared_queue`.
    #[doc(alias = "proxy_enqueue_shared_queue")]
    #[inline]
    pub fn enqueue(self, message: &[u8]) -> Result<()> {
        hostcall::enqueue_shared_queue(self.0, message)
    }
}
