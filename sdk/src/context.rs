//! What every context offers: what the host returns lives as long as the callback that asks for it.

use core::fmt;

use crate::arena::{self, Callback, Writer};
use crate::environment::Environment;
use crate::grpc::GrpcService;
use crate::hostcall;
use crate::property::{FromProperty, Property};
use crate::queue::Queue;
use crate::shared::Cas;
use crate::status::{Result, Status};

/// The context of a callback: what an HTTP stream ([`Http`](crate::Http)), a TCP stream
/// ([`Stream`](crate::Stream)) and a plugin ([`PluginContext`](crate::PluginContext)) have in common.
/// Each of them derefs to it.
///
/// What a method returns lives as long as the callback, in memory that is then used again.
///
/// Spec: "Terminology", "Context lifecycle".
#[derive(Clone, Copy)]
pub struct Context<'a> {
    id: u32,
    pub(crate) callback: Callback<'a>,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<'a> Context<'a> {
    #[inline(always)]
    pub(crate) const fn new(id: u32, callback: Callback<'a>) -> Self {
        Self { id, callback }
    }

    /// The context's id, by which the host knows it: from 1.
    #[inline(always)]
    pub fn context_id(&self) -> u32 {
        self.id
    }

    /// The value of a property, as its type says; `None` without one.
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`]: the value is not of that type.
    /// - [`Status::SERIALIZATION_FAILURE`]: the host cannot hand it over.
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow by its size.
    /// - [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
    ///     if let Ok(Some(address)) = http.property(property::SOURCE_ADDRESS) {
    ///         whit::info!("from ", address);
    ///     }
    ///     let tier = property!("metadata", "filter_metadata", "example", "tier");
    ///     match http.property(tier) {
    ///         Ok(Some(b"gold")) => Action::Continue,
    ///         _ => http.respond(403, Fields::NONE, b"").unwrap_or(Action::Pause),
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_property`.
    #[doc(alias = "proxy_get_property")]
    #[inline]
    pub fn property<T: FromProperty + ?Sized>(
        &self,
        property: Property<'_, T>,
    ) -> Result<Option<T::Value<'a>>> {
        match hostcall::get_property(self.callback, property.path()) {
            Ok(bytes) => T::from_property(bytes).map(Some),
            Err(Status::NOT_FOUND) => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// Sets a property of the stream, for filters that come after. Envoy keeps it as filter state
    /// under `wasm.` and this path.
    ///
    /// # Errors
    /// - [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
    /// - Any other status: the host does not let this one be set.
    ///
    /// Spec: `proxy_set_property`.
    #[doc(alias = "proxy_set_property")]
    #[inline]
    pub fn set_property<T: ?Sized>(&self, property: Property<'_, T>, value: &[u8]) -> Result<()> {
        hostcall::set_property(property.path(), value)
    }

    /// The value that is shared under a key, and what to compare it with when it is set again; `None`
    /// if nothing is.
    ///
    /// # Errors
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow by its size.
    /// - [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
    ///
    /// Spec: "Shared Key-Value Store", `proxy_get_shared_data`.
    #[doc(alias = "proxy_get_shared_data")]
    #[inline]
    pub fn shared_data(&self, key: impl AsRef<[u8]>) -> Result<Option<(&'a [u8], Cas)>> {
        match hostcall::get_shared_data(self.callback, key.as_ref()) {
            Ok((value, cas)) => Ok(Some((value, Cas(cas)))),
            Err(Status::NOT_FOUND) => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// Takes the oldest message of a queue; `None` if it has none.
    ///
    /// # Errors
    /// - [`Status::NOT_FOUND`]: there is no such queue.
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow by the message's size. Envoy has taken
    ///   the message out all the same.
    ///
    /// Spec: "Shared Queues", `proxy_dequeue_shared_queue`.
    #[doc(alias = "proxy_dequeue_shared_queue")]
    #[inline]
    pub fn dequeue(&self, queue: Queue) -> Result<Option<&'a [u8]>> {
        match hostcall::dequeue_shared_queue(self.callback, queue.0) {
            Ok(message) => Ok(Some(message)),
            Err(Status::EMPTY) => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// Calls a function of the host's that the spec does not know, by its name. What arguments and
    /// result are is between the two of you; Envoy's are protobuf messages.
    ///
    /// # Errors
    /// - [`Status::NOT_FOUND`]: there is no such function.
    /// - Any other status: the function's own.
    ///
    /// Spec: "Foreign function interface (FFI)", `proxy_call_foreign_function`.
    #[doc(alias = "proxy_call_foreign_function")]
    #[inline]
    pub fn call_foreign_function(
        &self,
        name: impl AsRef<[u8]>,
        arguments: &[u8],
    ) -> Result<&'a [u8]> {
        hostcall::call_foreign_function(self.callback, name.as_ref(), arguments)
    }

    /// The gRPC status of the call that this callback is about, and its message.
    ///
    /// # Errors
    /// As for [`Context::property`].
    ///
    /// Spec: `proxy_get_status`.
    #[doc(alias = "proxy_get_status")]
    #[inline]
    pub fn grpc_status(&self) -> Result<(u32, &'a [u8])> {
        hostcall::get_status(self.callback)
    }

    /// The gRPC service behind a cluster of Envoy's whose name is known at run time.
    /// [`grpc_service!`](crate::grpc_service!) is the one for a constant.
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`]: the name is empty.
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
    pub fn grpc_service(&self, cluster: impl AsRef<[u8]>) -> Result<GrpcService<'a>> {
        GrpcService::put_together(self.callback, cluster.as_ref())
    }

    /// The variables that the operator set for this plugin.
    ///
    /// # Errors
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow by their size.
    /// - [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
    ///
    /// Spec: "Environment variables", `environ_get`.
    #[doc(alias = "environ_get")]
    #[doc(alias = "environ_sizes_get")]
    #[inline]
    pub fn environment(&self) -> Result<Environment<'a>> {
        hostcall::environ(self.callback).map(Environment::new)
    }

    /// `size` bytes of memory, zeroed, to work with until the callback ends.
    ///
    /// # Errors
    /// [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow.
    #[inline]
    pub fn scratch(&self, size: usize) -> Result<&'a mut [u8]> {
        arena::scratch(self.callback, size)
    }

    /// Tells the host that a context whose `on_done` answered `false` is done.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: the host was not waiting for it.
    ///
    /// Spec: `proxy_done`.
    #[doc(alias = "proxy_done")]
    #[inline]
    pub fn done(&self) -> Result<()> {
        hostcall::done()
    }

    /// Makes the hostcalls that follow in this callback act on another context.
    ///
    /// Answers to a stream's own calls come with the stream's context already set.
    ///
    /// # Errors
    /// [`Status::BAD_ARGUMENT`]: there is no such context.
    ///
    /// Spec: `proxy_set_effective_context`.
    #[doc(alias = "proxy_set_effective_context")]
    #[inline]
    pub fn set_effective_context(&self, context_id: u32) -> Result<()> {
        hostcall::set_effective_context(context_id)
    }

    /// For [`text!`](crate::text!).
    #[doc(hidden)]
    #[inline(always)]
    pub fn text(&self, size: u64, write: impl FnOnce(Writer) -> Writer) -> Result<&'a [u8]> {
        arena::text(self.callback, size, write)
    }
}
