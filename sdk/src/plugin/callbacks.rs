//! The trait of what a plugin does outside streams.

use super::PluginContext;
use crate::callout::{GrpcId, GrpcMessage, HttpCallResponse};
use crate::map::Map;
use crate::outcome::{Acceptance, LastOutcome};
use crate::queue::Queue;

/// What a plugin does outside streams: it reads its configuration, has a timer, works on queues. A
/// callback that the `impl` does not write is not exported, so the host never calls it.
///
/// Each use of the module in the host's configuration is a plugin context with a value of its own,
/// which is `Default` unless it is a unit struct. One VM may hold several. Streams read it with
/// [`Http::plugin`](crate::Http::plugin).
///
/// In their order: [`on_context_create`](Self::on_context_create), [`on_vm_start`](Self::on_vm_start),
/// [`on_configure`](Self::on_configure), whatever happens then, [`on_done`](Self::on_done),
/// [`on_delete`](Self::on_delete). Envoy starts a plugin in a VM that it then drops (the canary), in one
/// of its main thread and in one of each worker, so what starts a plugin runs that often.
///
/// ```
/// #[whit::plugin]
/// mod header {
///     use whit::prelude::*;
///
///     #[derive(Default)]
///     struct Config {
///         limit: usize,
///     }
///
///     impl Plugin for Config {
///         fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<bool> {
///             let text = plugin.configuration()?;
///             self.limit = text.len();
///             Ok(!text.is_empty())
///         }
///     }
///
///     struct Limit;
///
///     impl HttpFilter<Config> for Limit {
///         fn on_request_body(&mut self, http: &Http<'_, Config>, size: usize, _: bool) -> Action {
///             if size > http.plugin().limit {
///                 return http.respond(413, Fields::NONE, b"").unwrap_or(Action::Pause);
///             }
///             Action::Continue
///         }
///     }
/// }
/// # fn main() {}
/// ```
///
/// Spec: "Context lifecycle", "Configuration", "Timers", "Shared Queues".
pub trait Plugin {
    /// The plugin context is there.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_context_create(&mut self, plugin: &PluginContext<'_>) {
    ///     whit::info!("plugin context ", plugin.context_id());
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_context_create`.
    #[doc(alias = "proxy_on_context_create")]
    fn on_context_create(&mut self, plugin: &PluginContext<'_>) -> impl LastOutcome {
        let _ = plugin;
    }

    /// The VM starts, with a configuration of `size` bytes: [`PluginContext::vm_configuration`]. A plugin
    /// that refuses does not start, and Envoy does not either, whatever its `failure_policy`.
    ///
    /// An error that it lets out is logged, and refuses.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_vm_start(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<bool> {
    ///     Ok(plugin.vm_configuration()? != b"off")
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_vm_start`.
    #[doc(alias = "proxy_on_vm_start")]
    fn on_vm_start(&mut self, plugin: &PluginContext<'_>, size: usize) -> impl Acceptance {
        let _ = (plugin, size);
        true
    }

    /// The plugin starts, with a configuration of `size` bytes: [`PluginContext::configuration`]. A plugin
    /// that refuses does not start.
    ///
    /// An error that it lets out is logged, and refuses.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_configure(&mut self, plugin: &PluginContext<'_>, size: usize) -> Result<bool> {
    ///     if size == 0 {
    ///         whit::error!("a configuration is missing");
    ///         return Ok(false);
    ///     }
    ///     whit::info!("configured with ", plugin.configuration()?);
    ///     Ok(true)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_configure`.
    #[doc(alias = "proxy_on_configure")]
    fn on_configure(&mut self, plugin: &PluginContext<'_>, size: usize) -> impl Acceptance {
        let _ = (plugin, size);
        true
    }

    /// The period of [`PluginContext::set_tick_period`] has passed again.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Root { ticks: u32 }
    /// # impl Plugin for Root {
    /// fn on_tick(&mut self, _: &PluginContext<'_>) {
    ///     self.ticks += 1;
    ///     whit::info!(self.ticks, " ticks");
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_tick`.
    #[doc(alias = "proxy_on_tick")]
    fn on_tick(&mut self, plugin: &PluginContext<'_>) -> impl LastOutcome {
        let _ = plugin;
    }

    /// A queue that this plugin registered has messages; fewer calls than messages may come.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_queue_ready(&mut self, plugin: &PluginContext<'_>, queue: Queue) -> Result<()> {
    ///     while let Some(message) = plugin.dequeue(queue)? {
    ///         whit::info!("message ", message);
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_queue_ready`.
    #[doc(alias = "proxy_on_queue_ready")]
    fn on_queue_ready(&mut self, plugin: &PluginContext<'_>, queue: Queue) -> impl LastOutcome {
        let _ = (plugin, queue);
    }

    /// The host calls a function of the plugin's, with arguments of `size` bytes:
    /// [`PluginContext::foreign_function_arguments`]. Not in ABI 0.1.0.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_foreign_function(
    ///     &mut self,
    ///     plugin: &PluginContext<'_>,
    ///     function_id: u32,
    ///     _size: usize,
    /// ) -> Result<()> {
    ///     whit::info!("function ", function_id, " of ", plugin.foreign_function_arguments()?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_foreign_function`.
    #[doc(alias = "proxy_on_foreign_function")]
    fn on_foreign_function(
        &mut self,
        plugin: &PluginContext<'_>,
        function_id: u32,
        size: usize,
    ) -> impl LastOutcome {
        let _ = (plugin, function_id, size);
    }

    /// The answer to an HTTP callout of the plugin's ([`Context::http_call`](crate::Context::http_call)).
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_http_call_response(
    ///     &mut self,
    ///     _: &PluginContext<'_>,
    ///     response: &HttpCallResponse<'_>,
    /// ) -> Result<()> {
    ///     whit::info!("status ", response.status()?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// What it received can be kept, where the `impl` says that both live as long:
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # #[derive(Default)]
    /// # struct Root { keys: &'static [u8] }
    /// # impl Plugin for Root {
    /// fn on_http_call_response<'a>(
    ///     &mut self,
    ///     plugin: &PluginContext<'a>,
    ///     response: &HttpCallResponse<'a>,
    /// ) -> Result<()> {
    ///     self.keys = plugin.keep(response.body().bytes()?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_http_call_response`.
    #[doc(alias = "proxy_on_http_call_response")]
    fn on_http_call_response<'a>(
        &mut self,
        plugin: &PluginContext<'a>,
        response: &HttpCallResponse<'a>,
    ) -> impl LastOutcome {
        let _ = (plugin, response);
    }

    /// The initial metadata of the answer to a gRPC callout of the plugin's.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_grpc_receive_initial_metadata(
    ///     &mut self,
    ///     _: &PluginContext<'_>,
    ///     _call: GrpcId,
    ///     metadata: Map<'_>,
    /// ) -> Result<()> {
    ///     whit::info!("trace ", metadata.get(field!("x-trace"))?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_receive_initial_metadata`.
    #[doc(alias = "proxy_on_grpc_receive_initial_metadata")]
    fn on_grpc_receive_initial_metadata<'a>(
        &mut self,
        plugin: &PluginContext<'a>,
        call: GrpcId,
        metadata: Map<'a>,
    ) -> impl LastOutcome {
        let _ = (plugin, call, metadata);
    }

    /// A message of a gRPC callout of the plugin's. That of a call is all of its answer.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_grpc_receive(
    ///     &mut self,
    ///     _: &PluginContext<'_>,
    ///     _call: GrpcId,
    ///     message: &GrpcMessage<'_>,
    /// ) -> Result<()> {
    ///     let allowed = message.buffer().bytes()? == b"\x08\x01";
    ///     whit::info!("allowed: ", allowed);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_receive`.
    #[doc(alias = "proxy_on_grpc_receive")]
    fn on_grpc_receive<'a>(
        &mut self,
        plugin: &PluginContext<'a>,
        call: GrpcId,
        message: &GrpcMessage<'a>,
    ) -> impl LastOutcome {
        let _ = (plugin, call, message);
    }

    /// The trailing metadata of the answer to a gRPC callout of the plugin's.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_grpc_receive_trailing_metadata(
    ///     &mut self,
    ///     _: &PluginContext<'_>,
    ///     _call: GrpcId,
    ///     metadata: Map<'_>,
    /// ) -> Result<()> {
    ///     whit::info!("trace ", metadata.get(field!("x-trace"))?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_receive_trailing_metadata`.
    #[doc(alias = "proxy_on_grpc_receive_trailing_metadata")]
    fn on_grpc_receive_trailing_metadata<'a>(
        &mut self,
        plugin: &PluginContext<'a>,
        call: GrpcId,
        metadata: Map<'a>,
    ) -> impl LastOutcome {
        let _ = (plugin, call, metadata);
    }

    /// A gRPC call of the plugin's has failed, or a gRPC stream has ended: `status` is the gRPC status, 0
    /// for OK.
    ///
    /// An error that it lets out is logged.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_grpc_close(&mut self, _: &PluginContext<'_>, _call: GrpcId, status: u32) {
    ///     whit::warn!("gRPC status ", status);
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_grpc_close`.
    #[doc(alias = "proxy_on_grpc_close")]
    fn on_grpc_close(
        &mut self,
        plugin: &PluginContext<'_>,
        call: GrpcId,
        status: u32,
    ) -> impl LastOutcome {
        let _ = (plugin, call, status);
    }

    /// The host is done with the plugin. With `false` it waits until the plugin calls
    /// [`Context::done`](crate::Context::done).
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_done(&mut self, _: &PluginContext<'_>) -> bool {
    ///     whit::info!("good-bye");
    ///     true
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_done`.
    #[doc(alias = "proxy_on_done")]
    fn on_done(&mut self, plugin: &PluginContext<'_>) -> bool {
        let _ = plugin;
        true
    }

    /// The host forgets the plugin. After this its value is dropped.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_delete(&mut self, plugin: &PluginContext<'_>) {
    ///     whit::debug!("plugin context ", plugin.context_id(), " is gone");
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_on_delete`.
    #[doc(alias = "proxy_on_delete")]
    fn on_delete(&mut self, plugin: &PluginContext<'_>) {
        let _ = plugin;
    }
}
