//! Plugin contexts: the handle of their callbacks.

mod callbacks;

use crate::arena;
use crate::buffer::Buffer;
use crate::context::Context;
use crate::hostcall;
use crate::json;
use crate::status::{Result, Status};
use crate::time::milliseconds;
pub use callbacks::Plugin;
use core::ops::Deref;
use core::time::Duration;

/// The plugin context that a callback is about. What all contexts have in common is in [`Context`].
#[derive(Debug)]
pub struct PluginContext<'a> {
    context: Context<'a>,
}

impl<'a> Deref for PluginContext<'a> {
    type Target = Context<'a>;

    #[inline(always)]
    fn deref(&self) -> &Context<'a> {
        &self.context
    }
}

impl<'a> PluginContext<'a> {
    #[inline(always)]
    pub(crate) const fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// The plugin's configuration: available in [`Plugin::on_context_create`] and
    /// [`Plugin::on_configure`].
    ///
    /// # Errors
    /// - [`Status::NOT_FOUND`](crate::Status::NOT_FOUND): not in this callback.
    /// - [`Status::INVALID_MEMORY_ACCESS`](crate::Status::INVALID_MEMORY_ACCESS): memory cannot grow by
    ///   its size.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<bool> {
    ///     Ok(plugin.configuration()?.starts_with(b"v1:"))
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_buffer_bytes`.
    #[doc(alias = "proxy_get_configuration")]
    #[inline]
    pub fn configuration(&self) -> Result<&'a [u8]> {
        Buffer::new(Buffer::PLUGIN_CONFIGURATION, self.callback).bytes()
    }

    /// Reads the plugin's configuration as JSON: available where [`PluginContext::configuration`] is. The texts
    /// that `read` gets are there until the callback ends.
    ///
    /// # Errors
    /// It is not JSON, `read` does not take it, or there is none in this callback. A callback that
    /// returns the error logs it, and refuses: see [`json`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # use whit::json;
    /// # #[derive(Default)]
    /// # struct Root {
    /// #     limit: u32,
    /// # }
    /// # impl Plugin for Root {
    /// fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> json::Result<(), json::Error> {
    ///     self.limit = plugin.json_configuration(|value| value.integer(1..=100))?;
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_buffer_bytes`.
    #[inline]
    pub fn json_configuration<T>(
        &self,
        read: impl FnOnce(json::Value<'_, 'a>) -> json::Result<T>,
    ) -> json::Result<T, json::Error> {
        let buffer = Buffer::new(Buffer::PLUGIN_CONFIGURATION, self.callback);
        json::read(buffer.get_mut(0, Buffer::BEYOND)?, read)
    }

    /// As [`PluginContext::json_configuration`], of a configuration that is kept, as [`PluginContext::keep`]
    /// does: the texts that `read` gets may be in what it returns, and cost no copy.
    ///
    /// # Errors
    /// As for [`PluginContext::json_configuration`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # use whit::json;
    /// #[derive(Default)]
    /// struct Root {
    ///     greeting: Field<'static>,
    /// }
    ///
    /// impl Plugin for Root {
    ///     fn on_configure(
    ///         &mut self,
    ///         plugin: &PluginContext<'_>,
    ///         _size: usize,
    ///     ) -> json::Result<(), json::Error> {
    ///         self.greeting = plugin.keep_json_configuration(|value| {
    ///             value.parse("a header's value", |text| Field::new(text).ok())
    ///         })?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// Spec: `proxy_get_buffer_bytes`.
    #[inline]
    pub fn keep_json_configuration<T>(
        &self,
        read: impl FnOnce(json::Value<'_, 'static>) -> json::Result<T>,
    ) -> json::Result<T, json::Error> {
        let buffer = Buffer::new(Buffer::PLUGIN_CONFIGURATION, self.callback);
        json::read(self.keep_mut(buffer.get_mut(0, Buffer::BEYOND)?), read)
    }

    /// Keeps bytes that this callback received, and all that it received before them, for as long as
    /// the VM lives: a configuration. It costs no copy. Not for what comes again and again: it is never
    /// given back.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// #[derive(Default)]
    /// struct Config {
    ///     greeting: &'static [u8],
    /// }
    ///
    /// impl Plugin for Config {
    ///     fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
    ///         self.greeting = plugin.keep(plugin.configuration()?);
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[inline]
    pub fn keep(&self, bytes: &'a [u8]) -> &'static [u8] {
        arena::keep_bytes(self.callback, bytes)
    }

    /// As [`PluginContext::keep`], for bytes that the plugin goes on writing: a table that it makes once.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// #[derive(Default)]
    /// struct Table {
    ///     cells: &'static mut [u8],
    /// }
    ///
    /// impl Plugin for Table {
    ///     fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
    ///         self.cells = plugin.keep_mut(plugin.scratch(4096)?);
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[inline]
    pub fn keep_mut(&self, bytes: &'a mut [u8]) -> &'static mut [u8] {
        arena::keep_bytes_mut(self.callback, bytes)
    }

    /// Keeps a value for as long as the VM lives, as [`PluginContext::keep`] keeps bytes: one of many that a
    /// configuration lists, or a large one that is made where it stays, without a global allocator. It is
    /// never given back, nor dropped.
    ///
    /// # Errors
    /// [`Status::INVALID_MEMORY_ACCESS`](crate::Status::INVALID_MEMORY_ACCESS): memory cannot grow by its
    /// size.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// struct Config {
    ///     table: [u32; 1000],
    /// }
    ///
    /// #[derive(Default)]
    /// struct Root {
    ///     config: Option<&'static mut Config>,
    /// }
    ///
    /// impl Plugin for Root {
    ///     fn on_configure(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
    ///         self.config = Some(plugin.keep_value(|| Config { table: [0; 1000] })?);
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[inline]
    pub fn keep_value<T: 'static>(&self, make: impl FnOnce() -> T) -> Result<&'static mut T> {
        arena::keep_value(make).ok_or(Status::INVALID_MEMORY_ACCESS)
    }

    /// The VM's configuration: available in [`Plugin::on_vm_start`], and in Envoy everywhere.
    ///
    /// # Errors
    /// As for [`PluginContext::configuration`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_vm_start(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
    ///     whit::info!("the VM has ", plugin.vm_configuration()?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_buffer_bytes`.
    #[inline]
    pub fn vm_configuration(&self) -> Result<&'a [u8]> {
        Buffer::new(Buffer::VM_CONFIGURATION, self.callback).bytes()
    }

    /// What the host passes to a function of the plugin's: available in
    /// [`Plugin::on_foreign_function`].
    ///
    /// # Errors
    /// As for [`PluginContext::configuration`].
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_foreign_function(&mut self, plugin: &PluginContext<'_>, _: u32, _: usize) -> Result<()> {
    ///     whit::info!(plugin.foreign_function_arguments()?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_buffer_bytes`.
    #[inline]
    pub fn foreign_function_arguments(&self) -> Result<&'a [u8]> {
        Buffer::new(Buffer::FOREIGN_FUNCTION_ARGUMENTS, self.callback).bytes()
    }

    /// Asks for [`Plugin::on_tick`] every so often, in milliseconds: less than 50 days. A period of zero
    /// stops it. A plugin context has one timer.
    ///
    /// # Errors
    /// [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): the host restricts this capability.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # use core::time::Duration;
    /// # struct Root;
    /// # impl Plugin for Root {
    /// fn on_vm_start(&mut self, plugin: &PluginContext<'_>, _size: usize) -> Result<()> {
    ///     plugin.set_tick_period(Duration::from_secs(5))
    /// }
    ///
    /// fn on_tick(&mut self, _: &PluginContext<'_>) {
    ///     whit::info!("tick");
    /// }
    /// # }
    /// ```
    ///
    /// Spec: "Timers", `proxy_set_tick_period_milliseconds`.
    #[doc(alias = "proxy_set_tick_period_milliseconds")]
    #[inline]
    pub fn set_tick_period(&self, period: Duration) -> Result<()> {
        hostcall::set_tick_period_milliseconds(milliseconds(period))
    }

    /// Runs a part of a callback whose memory is used again when it is over, as
    /// [`Http::scope`](crate::Http::scope): each message of a queue, for instance.
    ///
    /// ```
    /// # use whit::prelude::*;
    /// # use whit::Queue;
    /// # #[derive(Default)]
    /// # struct Root { bytes: usize }
    /// # impl Plugin for Root {
    /// fn on_queue_ready(&mut self, plugin: &PluginContext<'_>, queue: Queue) -> Result<()> {
    ///     while plugin.scope(self, move |root, plugin| match plugin.dequeue(queue)? {
    ///         Some(message) => {
    ///             root.bytes += message.len();
    ///             Ok(true)
    ///         }
    ///         None => Ok(false),
    ///     })? {}
    ///     Ok(())
    /// }
    /// # }
    /// ```
    #[inline]
    pub fn scope<S: 'static, R: 'static>(
        &self,
        state: &mut S,
        run: impl FnOnce(&mut S, &PluginContext<'_>) -> R + 'static,
    ) -> R {
        // What runs is `'static`, so it carries nothing of the outer callback in or out.
        arena::callback(|callback| {
            run(state, &PluginContext::new(Context::new(self.context_id(), callback)))
        })
    }
}
