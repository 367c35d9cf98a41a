//! Minimal [Proxy-Wasm] plugins from safe Rust.
//!
//! A module contains what its plugin uses and nothing else: a callback that you do not write is not
//! exported, a hostcall that you do not make is not imported, and no panic, formatting or allocator
//! code comes along.
//!
//! # Level 1: implement a trait
//!
//! ```
//! #[whit::plugin]
//! mod add_header {
//!     use whit::prelude::*;
//!
//!     struct AddHeader;
//!
//!     impl HttpFilter for AddHeader {
//!         fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Action {
//!             let _ = http.response_headers().add(field!("x-hello"), field!("world"));
//!             Action::Continue
//!         }
//!     }
//! }
//! ```
//!
//! # Level 0: one macro, one export
//!
//! ```
//! whit::abi_version!(0_2_0);
//! whit::memory_allocate!(refuse);
//! whit::vm_start!(true);
//! # fn main() {}
//! ```
//!
//! # What it does not do
//!
//! Of ABI 0.2.1 this version covers the callbacks of HTTP streams for headers, bodies and logs, header
//! fields ([`Map`]), bodies ([`Buffer`]), local replies ([`Http::respond`]) and logging ([`log!`]). A
//! filter is a unit struct: it keeps no state.
//!
//! [Proxy-Wasm]: https://github.com/proxy-wasm/spec

#![no_std]
#![deny(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

// On the host, where filters are checked, linted and unit-tested, std brings the panic handler.
#[cfg(not(target_family = "wasm"))]
extern crate std;

#[cfg(target_feature = "atomics")]
compile_error!("a Proxy-Wasm VM has one thread: build without the `atomics` target feature");

mod arena;
mod buffer;
mod export;
mod field;
mod fields;
mod global;
mod hostcall;
mod http;
mod log;
mod map;
mod outcome;
mod pairs;
#[cfg(all(target_family = "wasm", feature = "panic-handler"))]
mod panic;
mod status;
mod sys;

pub use buffer::Buffer;
pub use field::{AsField, Field};
pub use fields::{AsFields, Fields};
pub use http::{Action, Http, HttpFilter};
pub use log::{Level, Piece};
pub use map::Map;
pub use outcome::{LastOutcome, Outcome};
pub use pairs::Pairs;
pub use status::{Result, Status};
pub use whit_macros::plugin;

/// What a plugin module needs in scope: `use whit::prelude::*;`.
pub mod prelude {
    pub use crate::{Action, Buffer, Http, HttpFilter, Level, Map, Result, Status, field, fields};
}

/// For the code that the macros emit. Not covered by semver.
#[doc(hidden)]
pub mod __ {
    pub use crate::arena::allocate;
    pub use crate::fields::{serialize, size};
    pub use crate::http::{
        on_log, on_request_body, on_request_headers, on_response_body, on_response_headers,
    };
    pub use crate::log::{begin, end, shows};

    /// What the host sees and the filter calls, for unit tests on the host.
    #[cfg(not(target_family = "wasm"))]
    pub use crate::sys::double;
}
