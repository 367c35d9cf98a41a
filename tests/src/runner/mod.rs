//! The runner.

pub(crate) mod abi;
mod arrival;
mod boot;
mod builder;
mod callout;
mod callouts;
mod clock;
mod clusters;
pub(crate) mod code;
mod connection;
mod context;
mod conversation;
mod date;
pub(crate) mod error;
mod exchange;
mod failure;
mod flow;
mod grpc;
mod guest;
mod headers;
mod host;
mod hostcalls;
mod http;
mod info;
mod known;
mod log;
mod message;
mod metrics;
mod observe;
mod pairs;
mod pipes;
mod plugin;
mod properties;
mod protobuf;
mod queues;
mod shared;
mod shutdown;
#[cfg(feature = "suite")]
mod steps;
mod stream;
mod tcp;
mod trailers;
mod vm;
mod wasi;
mod way;
mod worker;

pub use crate::case::FailurePolicy;
pub use abi::AbiVersion;
pub use builder::PluginBuilder;
pub use callout::Call;
pub use callouts::Callouts;
#[cfg(feature = "serve")]
pub(crate) use callouts::Waits;
pub use error::{Error, Refusal};
pub use exchange::{Answer, Exchange, Request};
pub use grpc::GrpcCall;
pub use headers::Headers;
pub use http::Http;
pub use log::{LogLevel, LogLine};
pub use message::{LocalReply, Message};
pub use observe::observe;
pub use plugin::{Plugin, Stats};
#[cfg(feature = "serve")]
pub(crate) use stream::Route;
pub use tcp::Tcp;
pub use vm::Vm;
pub use way::End;
#[cfg(feature = "suite")]
pub(crate) use {
    context::Tester,
    steps::{Left, Steps},
    way::Way,
};
