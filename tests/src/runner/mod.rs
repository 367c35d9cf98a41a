//! The runner.

pub(crate) mod abi;
mod arrival;
mod boot;
mod budget;
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
mod deferred;
pub(crate) mod error;
mod exchange;
mod failure;
mod fault;
mod flow;
mod grpc;
mod guest;
mod headers;
mod host;
mod hostcalls;
#[cfg(test)]
mod hostile;
mod http;
mod info;
mod kept;
mod known;
mod limits;
mod log;
mod message;
mod metrics;
mod misuse;
mod names;
mod observe;
mod pairs;
mod pipes;
mod plugin;
mod process;
mod properties;
mod protobuf;
mod queues;
mod rig;
mod shape;
mod shared;
mod shutdown;
mod stack;
mod stats;
#[cfg(feature = "suite")]
mod steps;
mod stream;
mod tcp;
pub mod trace;
mod trailers;
mod trap;
mod vm;
mod wasi;
mod watch;
mod way;
mod worker;

pub use crate::case::FailurePolicy;
pub use abi::{AbiVersion, Status};
pub use budget::Budget;
pub use builder::PluginBuilder;
pub use callout::Call;
pub use callouts::Callouts;
pub use error::{Error, Refusal};
pub use exchange::{Answer, Exchange, Request};
pub use fault::{Fault, Faults};
pub use grpc::GrpcCall;
pub use headers::Headers;
pub use http::Http;
pub use log::{LogLevel, LogLine};
pub use message::{LocalReply, Message};
pub use misuse::{Misuse, Wrong};
pub use observe::{observe, observe_with};
pub use plugin::Plugin;
pub use process::Process;
pub use stats::{Stats, Used};
#[cfg(feature = "serve")]
pub(crate) use stream::Route;
pub use tcp::Tcp;
pub use trace::Trace;
pub use vm::Vm;
pub use way::End;
#[cfg(feature = "suite")]
pub(crate) use {
    context::Tester,
    steps::{Left, Steps},
    way::Way,
};
