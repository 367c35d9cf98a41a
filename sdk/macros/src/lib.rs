//! The `#[whit::plugin]` attribute. Its documentation is here; `whit` re-exports it.

mod exports;
mod plugin;
mod tokens;
mod when;

use proc_macro::TokenStream;

/// Makes a module a plugin: exports the ABI marker, the allocator, and each callback that the
/// module's `impl`s write.
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
/// # fn main() {}
/// ```
///
/// The module holds an `impl HttpFilter for …` or an `impl StreamFilter for …`, an `impl Plugin for …`, or
/// one of either kind. What they are for is declared in the module: a unit struct has no state; one with
/// fields is `Default` and has a value for each stream, or for each plugin context.
///
/// `#[cfg(…)]` on a callback holds for its export, of several with one name for those that are there. The crate `whit`
/// is a dependency of that name, and its traits have theirs: under another name an `impl` is not seen.
///
/// The allocator is [`memory_allocate!(arena)`](../whit/macro.memory_allocate.html).
///
/// # Exports
/// `proxy_abi_version_0_2_1` (or the version that a feature of `whit` chooses),
/// `proxy_on_memory_allocate`, and `proxy_` + the name of each callback. Besides:
/// - `proxy_on_delete`, where streams or plugin contexts have values, or streams without one make callouts;
/// - `proxy_on_context_create`, where streams read their plugin, or where `on_done` or `on_delete` of a
///   stream or a plugin has to be told from the other's, which needs `proxy_on_delete` too;
/// - `proxy_on_grpc_receive` and `proxy_on_grpc_close`, where one of the callbacks about gRPC is written.
#[proc_macro_attribute]
pub fn plugin(arguments: TokenStream, item: TokenStream) -> TokenStream {
    plugin::expand(arguments, item).unwrap_or_else(plugin::Error::into_compile_error)
}
