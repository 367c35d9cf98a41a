//! Minimal [Proxy-Wasm] plugins from safe Rust.
//!
//! A module contains what its plugin uses and nothing else: a callback that you do not write is not
//! exported, a hostcall that you do not make is not imported, and no panic, formatting or allocator
//! code comes along.
//!
//! # Level 1: implement a trait
//!
//! [`HttpFilter`] is for HTTP streams, [`StreamFilter`] for TCP, [`Plugin`] for what is outside streams:
//! configuration, timers, queues. [`#[whit::plugin]`](macro@plugin) exports what an `impl` writes.
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
//! A struct with fields has a value for each stream. A callback that returns a `Result` lets errors out
//! with `?`:
//!
//! ```
//! #[whit::plugin]
//! mod count {
//!     use whit::prelude::*;
//!
//!     #[derive(Default)]
//!     struct Count {
//!         bytes: usize,
//!     }
//!
//!     impl HttpFilter for Count {
//!         fn on_response_body(
//!             &mut self,
//!             http: &Http<'_>,
//!             size: usize,
//!             end_of_stream: bool,
//!         ) -> Result<Action> {
//!             self.bytes += size;
//!             if end_of_stream {
//!                 let count = text!(http, self.bytes)?;
//!                 http.response_trailers().add(field!("x-bytes"), count)?;
//!             }
//!             Ok(Action::Continue)
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
//! # Where to find what
//!
//! | to | see |
//! |---|---|
//! | begin | [`guide::first_filter`] |
//! | read and change headers, trailers and bodies | [`Map`], [`Buffer`], [`Field`], [`fields!`], [`names`] |
//! | answer, pause and go on | [`Http`], [`Action`] |
//! | call other services | [`HttpCall`], [`GrpcCall`], [`GrpcStream`], [`proto`] |
//! | keep state, read the configuration | [`HttpFilter`], [`Plugin`], [`PluginContext`], [`json`] |
//! | log and put texts together | [`log!`], [`info!`], [`text!`] |
//! | ask for properties | [`Context::property`], [`property`](mod@property) |
//! | count | [`metric`] |
//! | share data between VMs | [`Context::shared_data`], [`Queue`] |
//! | spread what clients choose over a table | [`sip_hash`] |
//! | know what an error means | [`Status`], [`Outcome`], [`OnError`] |
//! | come from the `proxy-wasm` crate | [`guide::from_proxy_wasm`] |
//! | find a name of the spec | [`guide::spec`] |
//! | run a plugin | [`guide::operators`] |
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `panic-handler` (default) | a panic is a trap, with no message and no formatting code; without it the plugin, or a crate that it links, brings the handler |
//! | `abi-0-2-0`, `abi-0-1-0` | the ABI version that a plugin of level 1 speaks, instead of 0.2.1: see [`guide::spec`] |
//! | `talc`, `lol_alloc`, `wee_alloc` | a global allocator, for `Vec`, `String` and `Box`; one of them: see [`guide::memory`] |
//! | `alloc` | for a plugin that brings another global allocator |
//! | `log` | the module `whit::logger`: libraries that log through the crate `log` reach the host's log |
//! | `debug` | a panic says where and why through the host's log; it brings `core::fmt` |
//!
//! # What it does not do
//!
//! - Nothing in it allocates. A plugin has a global allocator only if it chooses one.
//! - A plugin module has streams of one kind, HTTP or TCP.
//! - It is for one thread and for `wasm32-unknown-unknown`. On the host plugins compile, so that they can
//!   be linted and unit-tested, but nothing runs them there.
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

#[cfg(target_family = "wasm")]
mod allocator;
mod arena;
mod buffer;
mod callout;
mod context;
mod environment;
mod export;
mod exports;
mod field;
mod fields;
mod global;
pub mod guide;
mod hostcall;
mod http;
pub mod json;
mod log;
#[cfg(feature = "log")]
pub mod logger;
mod map;
pub mod metric;
pub mod names;
mod outcome;
mod pairs;
#[cfg(all(target_family = "wasm", feature = "panic-handler"))]
mod panic;
mod plugin;
pub mod property;
pub mod proto;
mod queue;
mod random;
mod shared;
mod sip_hash;
mod slots;
mod state;
mod status;
mod stream;
mod sys;
pub mod time;

pub use buffer::Buffer;
pub use callout::{
    GrpcCall, GrpcId, GrpcMessage, GrpcService, GrpcStream, HttpCall, HttpCallId, HttpCallResponse,
};
pub use context::Context;
pub use environment::Environment;
pub use field::{AsField, Field};
pub use fields::{AsFields, Fields};
pub use http::{Http, HttpFilter};
pub use log::{Hex, Level, Piece, Shown, log_level};
pub use map::Map;
pub use outcome::{Acceptance, Action, LastOutcome, OnError, Outcome};
pub use pairs::Pairs;
pub use plugin::{Plugin, PluginContext};
pub use queue::Queue;
pub use random::{random, random_array};
pub use shared::{Cas, compare_and_set_shared_data, set_shared_data};
pub use sip_hash::sip_hash;
pub use status::{Result, Status};
pub use stream::{Peer, Stream, StreamFilter};
pub use whit_macros::plugin;

/// Whether bytes are this text.
///
/// A `match` of byte strings compares them byte by byte, where it stands: some ten bytes of code for each.
/// This is a function, so that a plugin that knows many names is smaller:
///
/// ```
/// # let name: &[u8] = b"limit";
/// # let (mut limit, mut burst) = (0, 0);
/// match name {
///     _ if whit::is(name, "limit") => limit = 1,
///     _ if whit::is(name, "burst") => burst = 1,
///     _ => {}
/// }
/// # assert_eq!((limit, burst), (1, 0));
/// ```
#[inline(never)]
pub fn is(bytes: &[u8], text: &str) -> bool {
    bytes == text.as_bytes()
}

/// What a plugin module needs in scope: `use whit::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Action, Buffer, Field, Fields, GrpcCall, GrpcId, GrpcMessage, GrpcStream, Http, HttpCall,
        HttpCallId, HttpCallResponse, HttpFilter, Level, Map, OnError, Peer, Plugin, PluginContext,
        Queue, Result, Status, Stream, StreamFilter, field, fields, grpc_service, names, property,
        text,
    };
}

/// For the code that the macros emit. Not covered by semver.
#[doc(hidden)]
pub mod __ {
    pub use crate::arena::allocate;
    pub use crate::callout::{
        AnswersGrpcCalls, AnswersHttpCalls, forget_grpc_caller, forget_http_caller,
        grpc_service_size, serialize_grpc_service,
    };
    pub use crate::exports::{http, plugin, stream};
    pub use crate::fields::{serialize, size};
    pub use crate::global::Place;
    pub use crate::log::{AtLevel, line, log_constant};
    pub use crate::proto::{message_size, serialize_message};
    pub use crate::slots::{FEW, Family, Free, Heads, MANY, Node, Slots};
    pub use crate::state::{
        Alone, Asking, Children, Kept, Read, Unit, adopt, forget_context, forget_plugin,
        forget_stream, is_plugin_context, note_context,
    };
    #[cfg(not(target_family = "wasm"))]
    pub use std::thread_local;

    /// What the host sees and the filter calls, for unit tests on the host.
    #[cfg(not(target_family = "wasm"))]
    pub use crate::sys::double;
}
