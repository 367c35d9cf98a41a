//! The runner.

mod abi;
mod code;
mod error;
mod exchange;
mod guest;
mod headers;
mod host;
mod hostcalls;
mod http;
mod known;
mod message;
mod observe;
mod pairs;
mod plugin;
mod vm;
mod wasi;

pub use abi::AbiVersion;
pub use error::{Error, Refusal};
pub use exchange::{Answer, Exchange, Request};
pub use headers::Headers;
pub use host::{LogLevel, LogLine};
pub use http::{End, Http};
pub use message::Message;
pub use observe::observe;
pub use plugin::{Plugin, PluginBuilder, Stats};
pub use vm::Vm;
