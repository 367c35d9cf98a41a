//! Boots any Proxy-Wasm module the way Envoy does, and drives requests through it.
//!
//! ```
//! use whit_test::{Answer, Request, Vm};
//!
//! # fn main() -> Result<(), whit_test::Error> {
//! let module = wat::parse_str(
//!     r#"(module
//!         (func (export "proxy_abi_version_0_2_1"))
//!         (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0))"#,
//! )
//! .expect("valid WAT");
//!
//! let mut plugin = Vm::new(&module)?.plugin().start()?;
//! let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "hello world\n"));
//! assert_eq!(exchange.response.expect("an answer").status(), Some(200));
//! # Ok(())
//! # }
//! ```
//!
//! A module is what counts, not the language that it was written in. Where Envoy and the spec
//! disagree, this follows Envoy.
//!
//! # What it covers
//!
//! Loading and starting, with the words that Envoy logs when it refuses; HTTP streams: headers and
//! bodies both ways, pausing, local replies, traps (fail closed); logs; clocks, metrics and shared
//! data within a VM.
//!
//! A hostcall for which the runner has no answer that Envoy would give ends the callback with an
//! error that names it: callouts to a cluster (there is none, so `proxy_http_call` answers as Envoy
//! does without the cluster), gRPC, queues, and properties other than the plugin's own.

pub mod case;
#[cfg(feature = "envoy")]
pub mod envoy;

#[cfg(any(feature = "envoy", feature = "runner"))]
mod refusal;
#[cfg(feature = "runner")]
mod runner;
#[cfg(feature = "runner")]
pub use runner::*;
