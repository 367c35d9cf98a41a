//! The bodies of level 1's exports: what a host's call becomes.
//!
//! Values are `'static`, so that they carry no map of an outer callback into a nested one, whose end
//! takes back what such a map would receive there.

pub mod http;
pub mod plugin;
pub mod stream;
