//! Level 0: one macro, one export.

/// Exports the marker that names the ABI version which the module speaks.
///
/// Hosts look for it and never call it. A plugin has exactly one.
///
/// # Syntax
/// ```
/// whit::abi_version!(0_2_0); // or 0_1_0, 0_2_1
/// # fn main() {}
/// ```
///
/// # Export
/// `proxy_abi_version_0_2_0`: no parameters, no result.
///
/// Spec: "Integration", `proxy_abi_version_0_2_1`.
#[doc(alias = "proxy_abi_version_0_1_0")]
#[doc(alias = "proxy_abi_version_0_2_0")]
#[doc(alias = "proxy_abi_version_0_2_1")]
#[macro_export]
macro_rules! abi_version {
    (0_1_0) => { $crate::abi_version!(@export proxy_abi_version_0_1_0); };
    (0_2_0) => { $crate::abi_version!(@export proxy_abi_version_0_2_0); };
    (0_2_1) => { $crate::abi_version!(@export proxy_abi_version_0_2_1); };
    (@export $name:ident) => {
        // The same name for every version, and in the crate's root wherever the marker stands: a
        // plugin with two of them does not compile.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! one_abi_version_per_plugin {
            () => {};
        }

        #[unsafe(no_mangle)]
        extern "C-unwind" fn $name() {}
    };
    ($($other:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "unknown ABI version `",
            ::core::stringify!($($other)*),
            "`: write abi_version!(0_2_1), abi_version!(0_2_0) or abi_version!(0_1_0)",
        ));
    };
}

/// Exports the allocator through which the host returns bytes.
///
/// A host refuses a module that exports none.
///
/// # Syntax
/// ```
/// whit::memory_allocate!(refuse);
/// # fn main() {}
/// ```
/// ```
/// whit::memory_allocate!(arena);
/// # fn main() {}
/// ```
///
/// - `refuse`: returns null. For a plugin that asks the host for no bytes: a hostcall that would
///   return some fails with [`Status::INVALID_MEMORY_ACCESS`](crate::Status::INVALID_MEMORY_ACCESS).
/// - `arena`: memory that lives until the callback ends, then serves the next one. It is handed out
///   from the first hostcall of this crate on that waits for bytes; in a plugin that makes none, this is
///   `refuse`. It begins at `__heap_base`: a plugin has no global allocator that does so too.
///
/// # Export
/// `proxy_on_memory_allocate`: takes the size in bytes (`i32`), returns the address (`i32`).
///
/// Spec: "Memory management", `proxy_on_memory_allocate`.
#[doc(alias = "proxy_on_memory_allocate")]
#[doc(alias = "malloc")]
#[macro_export]
macro_rules! memory_allocate {
    (refuse) => {
        $crate::__one_memory_allocate! {}

        #[unsafe(no_mangle)]
        extern "C-unwind" fn proxy_on_memory_allocate(_memory_size: usize) -> *mut u8 {
            ::core::ptr::null_mut()
        }
    };
    (arena) => {
        $crate::__one_memory_allocate! {}

        #[unsafe(no_mangle)]
        extern "C-unwind" fn proxy_on_memory_allocate(memory_size: usize) -> *mut u8 {
            $crate::__::allocate(memory_size)
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "unknown allocator `",
            ::core::stringify!($($other)*),
            "`: write memory_allocate!(refuse) or memory_allocate!(arena)",
        ));
    };
}

/// Exports the callback in which the plugin accepts or refuses to start.
///
/// # Syntax
/// ```
/// whit::vm_start!(true);
/// # fn main() {}
/// ```
/// ```
/// // From the size of the VM configuration, in bytes (`u32`).
/// whit::vm_start!(|configuration_size| configuration_size <= 4096);
/// # fn main() {}
/// ```
///
/// When it refuses, Envoy logs "Failed to start base Wasm" and does not start, whatever the plugin's
/// `failure_policy`.
///
/// # Export
/// `proxy_on_vm_start`: takes the plugin context's id and the size of the VM configuration (`i32`
/// each), returns 1 or 0 (`i32`).
///
/// Spec: "Configuration", `proxy_on_vm_start`.
#[doc(alias = "proxy_on_vm_start")]
#[macro_export]
macro_rules! vm_start {
    (|$configuration_size:pat_param| $accept:expr) => {
        $crate::__one_vm_start! {}

        #[unsafe(no_mangle)]
        extern "C-unwind" fn proxy_on_vm_start(_context_id: u32, configuration_size: u32) -> u32 {
            // A local, which the plugin's names cannot mean; an item they could.
            let accept: fn(u32) -> bool = |$configuration_size| $accept;
            accept(configuration_size) as u32
        }
    };
    (@wrong) => {
        ::core::compile_error!(
            "write vm_start!(true), vm_start!(false) or vm_start!(|configuration_size| …)"
        );
    };
    () => { $crate::vm_start!(@wrong); };
    (|$($other:tt)*) => { $crate::vm_start!(@wrong); };
    (||$($other:tt)*) => { $crate::vm_start!(@wrong); };
    (move $($other:tt)*) => { $crate::vm_start!(@wrong); };
    ($accept:expr) => {
        $crate::__one_vm_start! {}

        #[unsafe(no_mangle)]
        extern "C-unwind" fn proxy_on_vm_start(_context_id: u32, _configuration_size: u32) -> u32 {
            const __WHIT_ACCEPT: bool = $accept;
            __WHIT_ACCEPT as u32
        }
    };
    ($($other:tt)*) => { $crate::vm_start!(@wrong); };
}

/// Of what can be exported in two ways a plugin has one: the same name in the crate's root, wherever it
/// stands, does not compile twice.
#[doc(hidden)]
#[macro_export]
macro_rules! __one_vm_start {
    () => {
        #[doc(hidden)]
        #[macro_export]
        macro_rules! one_vm_start_per_plugin {
            () => {};
        }
    };
}

/// As `__one_vm_start`.
#[doc(hidden)]
#[macro_export]
macro_rules! __one_memory_allocate {
    () => {
        #[doc(hidden)]
        #[macro_export]
        macro_rules! one_memory_allocate_per_plugin {
            () => {};
        }
    };
}

/// The marker of level 1, by the features of this crate.
#[cfg(not(any(feature = "abi-0-1-0", feature = "abi-0-2-0")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __abi_version {
    () => {
        $crate::abi_version!(0_2_1);
    };
}

/// The marker of level 1, by the features of this crate.
#[cfg(all(feature = "abi-0-2-0", not(feature = "abi-0-1-0")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __abi_version {
    () => {
        $crate::abi_version!(0_2_0);
    };
}

/// The marker of level 1, by the features of this crate.
#[cfg(feature = "abi-0-1-0")]
#[doc(hidden)]
#[macro_export]
macro_rules! __abi_version {
    () => {
        $crate::abi_version!(0_1_0);
    };
}

/// An export that gets headers.
#[cfg(not(feature = "abi-0-1-0"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_headers {
    ($name:ident, |$context_id:ident, $end_of_stream:ident| $call:expr) => {
        #[unsafe(no_mangle)]
        extern "C-unwind" fn $name(
            $context_id: u32,
            _num_headers: u32,
            $end_of_stream: u32,
        ) -> u32 {
            $call
        }
    };
}

/// An export that gets headers: ABI 0.1.0 does not tell whether they end the stream.
#[cfg(feature = "abi-0-1-0")]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_headers {
    ($name:ident, |$context_id:ident, $end_of_stream:ident| $call:expr) => {
        #[unsafe(no_mangle)]
        extern "C-unwind" fn $name($context_id: u32, _num_headers: u32) -> u32 {
            let $end_of_stream = 0;
            $call
        }
    };
}
