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
//! let plugin = Vm::new(&module)?.plugin().start()?;
//! let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "hello world\n"));
//! assert_eq!(exchange.response.expect("an answer").status(), Some(200));
//! # Ok(())
//! # }
//! ```
//!
//! A module is what counts, not the language that it was written in. Where Envoy and the spec
//! disagree, this follows Envoy.
//!
//! A test drives a plugin through what happens to it, and looks at what comes of it. Several streams
//! can be under way at once; a call that the plugin makes waits until the test answers it, and the clock
//! stands still until the test moves it on:
//!
//! ```
//! use whit_test::{End, Vm};
//!
//! # fn check(module: &[u8]) -> Result<(), whit_test::Error> {
//! let plugin = Vm::new(module)?.plugin().configuration("auth").cluster("auth").start()?;
//! let mut http = plugin.http();
//! http.request_headers([(":method", "GET"), (":path", "/"), (":authority", "a")], End::Yes);
//! let call = http.callouts().one()?;
//! call.reply(200, [("x-user", "1")], "no")?;
//! assert_eq!(http.local_reply()?.status, 403);
//! # Ok(())
//! # }
//! ```
//!
//! [`check`] says without running a module what Envoy and ngx_wasm_module would say to it, and what takes its
//! bytes.
//!
//! Case files say the same in TOML ([`case`]). With the feature `suite`, suites of Google's plugin tester run
//! as well.
//!
//! # What it did, and what it cost
//!
//! A plugin that is [`traced`](PluginBuilder::traced) shows every callback and hostcall with what went in
//! and what came out, as text for people and snapshots, and as a [structure](trace). Each callback counts
//! what it uses, and a [`Budget`] says how much that may be:
//!
//! ```
//! use whit_test::{Answer, Budget, Request, Vm};
//!
//! # fn check(module: &[u8]) -> Result<(), whit_test::Error> {
//! let plugin = Vm::new(module)?.plugin().traced().stack_measured().start()?;
//! plugin.exchange(&Request::get("/"), &Answer::direct(200, ""));
//! println!("{}", plugin.take_trace());
//!
//! let budget = Budget::new().instructions(300).hostcalls(2).stack_bytes(512);
//! plugin.most("proxy_on_request_headers").assert_within(&budget);
//! # Ok(())
//! # }
//! ```
//!
//! # What can go wrong
//!
//! | what | how |
//! |---|---|
//! | a hostcall answers with any status: every time, once, the nth time | [`Fault::hostcall`] |
//! | the guest's allocator refuses, or traps | [`Fault::allocator_refuses`], [`Fault::allocator_traps`] |
//! | the memory does not grow | [`Fault::memory_stops_growing`] |
//! | bodies and what TCP connections carry come in chunks of any size | [`Fault::chunks_of`] |
//! | a call is refused, breaks off, comes too late | [`Call::refuse`], [`Call::break_before_answer`], [`Call::reset`], [`Call::time_out`]; the same of [`GrpcCall`], and [`GrpcCall::close`] |
//! | a call is never answered | nobody answers it |
//! | the client goes away, at any phase | [`Http::close`], [`Tcp::reset`] |
//! | the upstream breaks off, at any phase | [`Http::upstream_fails`], [`Http::upstream_breaks`], [`Tcp::upstream_breaks`] |
//!
//! Faults are injected into one plugin's VM, with [`Plugin::faults`] or, for its start,
//! [`PluginBuilder::fault`]: tests that run in parallel do not see each other's.
//!
//! # What it covers
//!
//! Loading and starting, with the words that Envoy logs when it refuses; plugins that share a VM, in
//! one chain; HTTP streams: headers, bodies and trailers both ways, pausing, Envoy's limit of what it
//! buffers, local replies, those to gRPC requests too; traps with the three failure policies; restricted
//! capabilities; TCP connections with Envoy's TCP proxy behind them; plugins beside all traffic; HTTP callouts; gRPC calls and streams; ticks;
//! properties, metadata and filter state; metrics, shared data and queues; logs; clocks, randomness and
//! the environment through WASI; the end of plugins.
//!
//! Where the runner has no answer that Envoy would give, it ends the callback with an error that names
//! what is missing: other foreign functions than `compress`, `uncompress`, `clear_route_cache` and
//! `set_envoy_filter_state`, other objects than `envoy.tcp_proxy.cluster` for the last of these, gRPC services
//! that are Google's client's or have an authority, `xds.node` as a whole, `envoy_resolve_dns`. Where Envoy
//! would crash, it says so.
//!
//! # Where it is known to differ from Envoy
//!
//! - Addresses, ports, ids of connections and of requests are made up, and time passes only between
//!   events: durations are 0. But a callback that looks at the clock a thousand times waits for something, as
//!   Go's `time.Sleep` does: each further look takes it a millisecond.
//! - Randomness is the same in every run, and so is the time at which it begins: the first of January 2026.
//! - A body arrives in one chunk, however long it is, unless a test says otherwise. Over HTTP/1 its end is
//!   a chunk of its own.
//! - The order of a map in a property is that of the headers; Envoy's is arbitrary.
//! - Trailers that a plugin adds while it keeps the body back wait for it; in Envoy they overtake it, which
//!   breaks the message.
//! - What the foreign function `compress` gives uncompresses to the same, but may be compressed otherwise.
//! - A route's timeout, 15 seconds in Envoy, ends no request.
//! - The back-off before a plugin is loaded again is a second, without Envoy's jitter.
//! - A plugin that waits for `proxy_done` when it is shut down can still do so, for as long as the test
//!   likes.
//! - What Envoy's main thread and its canary log is not shown, nor traced.
//! - Of WebAssembly's proposals, exceptions, shared memory and garbage collection, with `externref`, are
//!   refused here; the refusal says that Envoy runs such code.
//! - What a plugin may take has an end, where Envoy's has none: see below.
//!
//! # What bounds a plugin
//!
//! So that a test ends whatever the module does. Each refusal, and each error of a stopped plugin, names the
//! bound.
//!
//! | what | bound |
//! |---|---|
//! | instructions of a callback, and those of callbacks that one leads to | a billion; a byte that is filled or copied is one |
//! | callbacks within callbacks | a hundred |
//! | what the hostcalls of a callback cost | as much as moving 256 MiB; each costs at least 512 bytes, one that leaves something to do 16 KiB more |
//! | shared data, queues and names of metrics, of a process | 512 MiB |
//! | the log that a test has not taken | 512 MiB |
//! | calls that wait, with their messages, errors and ids of metrics, of a VM | 512 MiB |
//! | filter state, of a stream | 512 MiB |
//! | calls that a case answers | 10,000 |
//! | messages in queues of which plugins are told after one event | 10,000 |
//! | memories of a VM | 1 GiB together; Envoy: each |
//! | tables of a VM | ten million elements together; V8: each |
//! | the stack | 1 MiB |
//! | a module | 64 MiB, 100,000 functions, 5000 blocks within one another |
//! | loops × locals × (loops + locals), with which the compiler's time grows | 10⁸ of a function, 10⁹ of all |
//! | a trace | 64 MiB |
//!
//! # Releases of Envoy
//!
//! The runner behaves like Envoy 1.40. `cargo xtask versions` runs every case in 1.36 to 1.40, whose
//! behaviour is the same but for this (cases say so with `since` and `until`):
//!
//! | what | since |
//! |---|---|
//! | the properties `request.headers_bytes` and `response.headers_bytes` | 1.37 |
//! | a response whose stream a plugin closes at its trailers breaks off; before, what has come passes for all of it | 1.37 |
//! | the 503 of a callout to where nobody listens no longer ends in "transport failure reason: delayed connect error: Connection refused" | 1.38 |
//!
//! The failure policy `FAIL_RELOAD` is there since 1.33.

#[cfg(feature = "runner")]
mod alike;
pub mod case;
#[cfg(feature = "runner")]
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "envoy")]
pub mod envoy;

#[cfg(any(feature = "envoy", feature = "serve"))]
mod here;
mod place;
#[cfg(any(feature = "envoy", feature = "runner"))]
mod refusal;
#[cfg(feature = "runner")]
mod runner;
#[cfg(feature = "serve")]
pub mod serve;

pub use place::Place;
#[cfg(feature = "runner")]
pub use runner::*;
#[cfg(feature = "suite")]
pub mod suite;
