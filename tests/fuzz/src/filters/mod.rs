//! The filters' own parsers: their files, compiled for the host.
//!
//! Each filter is a module of its own here, so its files name each other by `super`.

#![allow(dead_code)] // No target uses all of it.

pub(crate) mod api_key;
pub(crate) mod canary;
pub(crate) mod cors;
pub(crate) mod jwt;
pub(crate) mod rate_limit;
pub(crate) mod redact;
pub(crate) mod tcp_guard;
