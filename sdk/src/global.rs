//! Statics of the SDK and of what its macros emit.
//!
//! A Proxy-Wasm VM has one thread, so in a module what has interior mutability may be a plain static:
//! the compiler then sees every store, and drops a global that nothing ever sets. On the host, where
//! tests run in parallel, each thread has its own.
#![allow(unsafe_code)]

/// Declares a `Cell` that is read and written with `NAME.with(|cell| …)`.
macro_rules! global {
    ($(#[$attr:meta])* static $name:ident: $type:ty = $init:expr;) => {
        crate::place! {
            $(#[$attr])*
            static $name: core::cell::Cell<$type> = core::cell::Cell::new($init);
        }
    };
}
pub(crate) use global;

/// Declares a static that is used with `NAME.with(|value| …)`. For the code that the macros emit.
#[doc(hidden)]
#[macro_export]
macro_rules! place {
    ($(#[$attr:meta])* static $name:ident: $type:ty = $init:expr;) => {
        #[cfg(target_family = "wasm")]
        $(#[$attr])*
        static $name: $crate::__::Place<$type> = $crate::__::Place::new($init);

        #[cfg(not(target_family = "wasm"))]
        $crate::__::thread_local! {
            $(#[$attr])*
            static $name: $type = const { $init };
        }
    };
}

#[cfg(not(target_family = "wasm"))]
/// A static of a thread: what there is on the host.
pub type Place<T> = std::thread::LocalKey<T>;

/// A static of a module, where one thread runs.
#[cfg(target_family = "wasm")]
#[derive(Debug)]
pub struct Place<T>(T);

#[cfg(target_family = "wasm")]
impl<T> Place<T> {
    /// For [`place!`](crate::place!).
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Runs with the value.
    #[inline(always)]
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.0)
    }
}

// SAFETY: without the `atomics` feature, which lib.rs refuses, a wasm module has one thread.
#[cfg(target_family = "wasm")]
unsafe impl<T> Sync for Place<T> {}
