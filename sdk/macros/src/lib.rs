//! The `#[whit::plugin]` attribute. Its documentation is here; `whit` re-exports it.

mod plugin;

use proc_macro::TokenStream;

/// Makes a module a plugin: exports the ABI marker, the allocator, and each callback that the
/// module's `impl HttpFilter for …` writes.
///
/// # Syntax
/// ```
/// #[whit::plugin]
/// mod name {
///     use whit::prelude::*;
///
///     struct Name;
///
///     impl HttpFilter for Name {
///         // The callbacks that the plugin needs.
///     }
/// }
/// ```
///
/// The filter is a unit struct: it keeps no state. `#[cfg(…)]` on a callback holds for its export.
/// The crate `whit` is a dependency of that name.
///
/// The allocator is [`memory_allocate!(arena)`](../whit/macro.memory_allocate.html).
///
/// # Exports
/// `proxy_abi_version_0_2_1`, `proxy_on_memory_allocate`, and `proxy_` + the name of each callback.
#[proc_macro_attribute]
pub fn plugin(arguments: TokenStream, item: TokenStream) -> TokenStream {
    plugin::expand(arguments, item).unwrap_or_else(plugin::Error::into_compile_error)
}
