//! What every context offers: what the host returns lives as long as the callback that asks for it.

use core::fmt;

use crate::arena::{self, Callback};
use crate::callout::GrpcService;
use crate::environment::Environment;
use crate::hostcall;
use crate::log::Pieces;
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
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// whit::info!("stream ", http.context_id());
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
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
    /// under `wasm.` and this path. Where the path has one segment, [`Context::property`] finds it there.
    ///
    /// # Errors
    /// - [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
    /// - Any other status: the host does not let this one be set.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// http.set_property(property!("tier"), b"gold")?;
    /// // Later, in any callback of the stream:
    /// let tier = http.property(property!("tier"))?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
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
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// let (limit, cas) = match http.shared_data("limit")? {
    ///     Some((limit, cas)) => (limit, Some(cas)),
    ///     None => (&b"none"[..], None),
    /// };
    /// whit::info!("limit ", limit);
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
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
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_tick(&mut self, plugin: &PluginContext<'_>) -> Result<()> {
    ///     let queue = Queue::resolve("producer", "jobs")?;
    ///     while let Some(job) = plugin.dequeue(queue)? {
    ///         whit::info!("job ", job);
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// ```
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
    /// result are is between the two of you; Envoy's are protobuf messages. They act on the context that
    /// the callback is about, whatever the effective one is: in an answer to a callout, on the plugin's.
    ///
    /// # Errors
    /// - [`Status::NOT_FOUND`]: there is no such function.
    /// - Any other status: the function's own.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// http.request_headers().replace(names::PATH, field!("/elsewhere"))?;
    /// http.call_foreign_function("clear_route_cache", b"")?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
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
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_grpc_close(&mut self, http: &Http<'_>, _: GrpcId, _: u32) -> Result<()> {
    ///     let (status, message) = http.grpc_status()?;
    ///     whit::warn!("gRPC status ", status, ": ", message);
    ///     http.continue_request()
    /// }
    /// # }
    /// ```
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
    ///
    /// ```
    /// #[whit::plugin]
    /// mod ask {
    ///     use core::time::Duration;
    ///     use whit::prelude::*;
    ///
    ///     #[derive(Default)]
    ///     struct Config {
    ///         cluster: &'static [u8],
    ///     }
    ///
    ///     impl Plugin for Config {
    ///         fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
    ///             self.cluster = plugin.keep(plugin.configuration()?);
    ///             Ok(())
    ///         }
    ///     }
    ///
    ///     struct Ask;
    ///
    ///     impl HttpFilter<Config> for Ask {
    ///         fn on_request_headers(&mut self, http: &Http<'_, Config>, _: bool) -> Result<Action> {
    ///             let service = http.grpc_service(http.plugin().cluster)?;
    ///             let call = GrpcCall::new(service, "ask.Ask", "May", b"", Duration::from_secs(1));
    ///             http.grpc_call(self, &call)?;
    ///             Ok(Action::Pause)
    ///         }
    ///
    ///         fn on_grpc_receive(
    ///             &mut self,
    ///             http: &Http<'_, Config>,
    ///             _: GrpcId,
    ///             _: &GrpcMessage<'_>,
    ///         ) -> Result<()> {
    ///             http.continue_request()
    ///         }
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    pub fn grpc_service(&self, cluster: impl AsRef<[u8]>) -> Result<GrpcService<'a>> {
        GrpcService::put_together(self.callback, cluster.as_ref())
    }

    /// The variables that the operator set for this plugin.
    ///
    /// # Errors
    /// - [`Status::INVALID_MEMORY_ACCESS`]: memory cannot grow by their size.
    /// - [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
    ///     for (name, value) in plugin.environment()? {
    ///         whit::info!(name, "=", value);
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// ```
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
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// # fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    /// let path = http.request_headers().get(names::PATH)?.unwrap_or_default();
    /// let lower = http.scratch(path.len())?;
    /// lower.copy_from_slice(path);
    /// lower.make_ascii_lowercase();
    /// http.request_headers().replace(names::PATH, &*lower)?;
    /// # Ok(Action::Continue)
    /// # }
    /// # }
    /// ```
    #[inline]
    pub fn scratch(&self, size: usize) -> Result<&'a mut [u8]> {
        arena::scratch(self.callback, size)
    }

    /// Tells the host that a context whose `on_done` answered `false` is done.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: the host was not waiting for it.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Root { under_way: u32 }
    /// # impl Plugin for Root {
    /// fn on_done(&mut self, plugin: &PluginContext<'_>) -> bool {
    ///     self.under_way == 0
    /// }
    ///
    /// fn on_http_call_response(
    ///     &mut self,
    ///     plugin: &PluginContext<'_>,
    ///     _: &HttpCallResponse<'_>,
    /// ) -> Result<()> {
    ///     self.under_way -= 1;
    ///     if self.under_way == 0 {
    ///         let _ = plugin.done();
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// ```
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
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_queue_ready(&mut self, plugin: &PluginContext<'_>, queue: Queue) -> Result<()> {
    ///     // A message is the id of a stream.
    ///     while let Some(message) = plugin.dequeue(queue)? {
    ///         if let Ok(id) = message.try_into().map(u32::from_le_bytes)
    ///             && plugin.set_effective_context(id).is_ok()
    ///         {
    ///             whit::info!("of ", plugin.property(property::SOURCE_ADDRESS)?);
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// ```
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
    pub fn text(&self, pieces: impl Pieces) -> Result<&'a [u8]> {
        let (room, to) = arena::Room::of(pieces.size())?;
        Ok(room.text(self.callback, pieces.write(to)))
    }
}
