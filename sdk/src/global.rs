//! Statics of the SDK.
//!
//! A Proxy-Wasm VM has one thread, so in a module a `Cell` may be a plain static: the compiler then
//! sees every store, and drops a global that nothing ever sets. On the host, where tests run in
//! parallel, each thread has its own.
#![allow(unsafe_code)]

/// Declares a `Cell` that is read and written with `NAME.with(|cell| …)`.
macro_rules! global {
    ($(#[$attr:meta])* static $name:ident: $type:ty = $init:expr;) => {
        #[cfg(target_family = "wasm")]
        $(#[$attr])*
        static $name: $crate::global::Global<$type> =
            $crate::global::Global::new($init);

        #[cfg(not(target_family = "wasm"))]
        std::thread_local! {
            $(#[$attr])*
            static $name: core::cell::Cell<$type> = const { core::cell::Cell::new($init) };
        }
    };
}
pub(crate) use global;

#[cfg(target_family = "wasm")]
pub(crate) struct Global<T>(core::cell::Cell<T>);

#[cfg(target_family = "wasm")]
impl<T> Global<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::Cell::new(value))
    }

    #[inline(always)]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&core::cell::Cell<T>) -> R) -> R {
        f(&self.0)
    }
}

// SAFETY: without the `atomics` feature, which lib.rs refuses, a wasm module has one thread.
#[cfg(target_family = "wasm")]
unsafe impl<T> Sync for Global<T> {}
