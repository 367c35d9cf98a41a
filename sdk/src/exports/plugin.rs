//! Callbacks of plugin contexts.

use crate::callout::{GrpcId, GrpcMessage, HttpCallResponse};
use crate::context::Context;
use crate::log::CallbackName;
use crate::map::Map;
use crate::outcome::{Acceptance, LastOutcome};
use crate::plugin::{Plugin, PluginContext};
use crate::queue::Queue;
use crate::state::{Plugins, enter_plugin};

#[inline(always)]
fn handle<P, R>(
    run: impl FnOnce(&mut P, &PluginContext<'_>) -> R,
) -> impl FnOnce(&mut P, Context<'_>) -> R {
    move |plugin, context| run(plugin, &PluginContext::new(context))
}

macro_rules! acceptances {
    ($($name:ident)*) => {$(
        #[doc = concat!("`proxy_", stringify!($name), "`")]
        #[inline(always)]
        pub fn $name<P: Plugins<Plugin: Plugin>>(plugins: P, context_id: u32, size: usize) -> u32 {
            let run = handle(|plugin: &mut P::Plugin, context: &PluginContext<'_>| {
                plugin.$name(context, size).settle(const { CallbackName::new(stringify!($name)) })
            });
            enter_plugin(plugins, context_id, run).unwrap_or(0)
        }
    )*};
}

acceptances! { on_vm_start on_configure }

macro_rules! notices {
    ($($name:ident($($argument:ident: $type:ty),*) = |$context:ident| ($($value:expr),*);)*) => {$(
        #[doc = concat!("`proxy_", stringify!($name), "`")]
        #[inline(always)]
        pub fn $name<P: Plugins<Plugin: Plugin>>(plugins: P, context_id: u32 $(, $argument: $type)*) {
            let run = handle(|plugin: &mut P::Plugin, $context: &PluginContext<'_>| {
                plugin.$name($context $(, $value)*).settle(const { CallbackName::new(stringify!($name)) });
            });
            enter_plugin(plugins, context_id, run);
        }
    )*};
}

notices! {
    on_context_create() = |context| ();
    on_tick() = |context| ();
    on_queue_ready(queue: u32) = |context| (Queue(queue));
    on_foreign_function(function_id: u32, size: usize) = |context| (function_id, size);
    on_http_call_response(call: u32, num_headers: u32, body_size: usize) = |context| (
        &HttpCallResponse::new(call, num_headers, body_size, context.callback)
    );
    on_grpc_receive_initial_metadata(call: u32) = |context| (
        GrpcId(call), Map::new(Map::GRPC_CALL_INITIAL_METADATA, context.callback)
    );
    on_grpc_receive(call: u32, size: usize) = |context| (
        GrpcId(call), &GrpcMessage::new(size, context.callback)
    );
    on_grpc_receive_trailing_metadata(call: u32) = |context| (
        GrpcId(call), Map::new(Map::GRPC_CALL_TRAILING_METADATA, context.callback)
    );
    on_grpc_close(call: u32, status: u32) = |context| (GrpcId(call), status);
}

/// `proxy_on_done`
#[inline(always)]
pub fn on_done<P: Plugins<Plugin: Plugin>>(plugins: P, context_id: u32) -> u32 {
    let run = handle(|plugin: &mut P::Plugin, context: &PluginContext<'_>| plugin.on_done(context));
    enter_plugin(plugins, context_id, run).unwrap_or(true).into()
}

/// `proxy_on_delete`
#[inline(always)]
pub fn on_delete<P: Plugins<Plugin: Plugin>>(plugins: P, context_id: u32) {
    let run =
        handle(|plugin: &mut P::Plugin, context: &PluginContext<'_>| plugin.on_delete(context));
    enter_plugin(plugins, context_id, run);
}
