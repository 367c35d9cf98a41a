//! The guide: from the first filter to callouts, state and operation. Documentation only.
//!
//! To learn:
//!
//! | chapter | about |
//! |---|---|
//! | [`first_filter`] | a crate, its build, a request through Envoy |
//! | [`headers_and_bodies`] | reading and changing messages |
//! | [`errors`] | local replies, what `?` does in each callback, memory that cannot grow |
//! | [`state`] | values of streams, plugin contexts, configuration |
//! | [`callouts`] | pausing, HTTP and gRPC calls, several in sequence, failures and timeouts |
//! | [`services`] | logging, metrics, shared data, queues, timers, clocks, randomness |
//! | [`properties`] | what the host knows of a stream, and other filters' metadata |
//! | [`tcp`] | connections |
//! | [`memory`] | what costs bytes and time, the arena, the stack, allocators |
//! | [`testing`] | on the host and in the runner |
//!
//! To look up:
//!
//! | page | about |
//! |---|---|
//! | [`operators`] | what those who run a plugin in Envoy must know |
//! | [`from_proxy_wasm`] | the `proxy-wasm` crate at the left, Whit at the right |
//! | [`spec`] | every name of the spec beside the item that covers it |
//!
//! The chapters are the files of `sdk/guide/`. What they say about Envoy was read in its source or seen
//! in Envoy 1.40; another version may differ.

macro_rules! chapters {
    ($($name:ident $file:literal)*) => {$(
        pub mod $name {
            #![doc = include_str!(concat!("../guide/", $file))]

            // What the chapter links to.
            #[allow(unused_imports)]
            use super::*;
            #[allow(unused_imports)]
            use crate::*;
        }
    )*};
}

chapters! {
    first_filter "first-filter.md"
    headers_and_bodies "headers-and-bodies.md"
    errors "errors.md"
    state "state.md"
    callouts "callouts.md"
    services "services.md"
    properties "properties.md"
    tcp "tcp.md"
    memory "memory.md"
    testing "testing.md"
    operators "operators.md"
    from_proxy_wasm "from-proxy-wasm.md"
    spec "spec.md"
}
