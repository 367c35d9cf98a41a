//! What must hold whatever the bytes are: of the SDK, of the filters' parsers, of the runner, and of built filters
//! under a host that does anything.
//!
//! Each [`Target`] is a function of bytes that panics where something does not hold. Most compare what the
//! project does with what somebody else makes of the same bytes. `tests/short.rs` runs all of them over their corpus
//! and over inputs that are made of it, the same in every run; `cargo xtask fuzz` runs them under libFuzzer.

// Files of filters are parts of it, whose own tests run there.
#![cfg(not(test))]

mod built;
pub mod corpus;
mod filters;
mod hostcalls;
mod input;
mod machine;
pub mod mutate;
mod targets;

pub use targets::{TARGETS, Target};
