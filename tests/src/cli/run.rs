//! A server with a plugin in front of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

use super::Failure;
use crate::{Error, serve};

/// Serve HTTP with a plugin in front
#[derive(Parser)]
#[command(name = "whit-run")]
struct Args {
    /// The module
    module: PathBuf,
    /// A file with the plugin configuration
    #[arg(long)]
    config: Option<PathBuf>,
    /// The address to listen on
    #[arg(long)]
    listen: SocketAddr,
    /// Where requests go that pass the plugin
    #[arg(long)]
    upstream: Option<String>,
    /// A cluster that the plugin can call, and where it is
    #[arg(long, num_args = 2, value_names = ["NAME", "HOST:PORT"])]
    cluster: Vec<String>,
    /// Start the plugin again when the module or the configuration changes
    #[arg(long)]
    watch: bool,
    /// Show every callback and hostcall
    #[arg(long)]
    trace: bool,
}

/// Serves HTTP with a plugin in front, until the process ends.
///
/// # Errors
/// The plugin does not start, or the address cannot be listened on.
pub fn run(args: Vec<OsString>) -> Result<(), Failure> {
    let args: Args = super::parse(args);
    let clusters: BTreeMap<String, String> = args
        .cluster
        .chunks_exact(2)
        .filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone())))
        .collect();
    let options = serve::Options {
        module: args.module,
        configuration: args.config,
        listen: args.listen,
        upstream: args.upstream,
        clusters,
        watch: args.watch,
        trace: args.trace,
    };
    serve::run(options).map_err(|error| match error {
        Error::Serve { .. } => {
            Failure::of(format!("{error} (choose another address with --listen)"))
        }
        Error::Read { .. } => Failure::usage(error.to_string()),
        _ => Failure::of(error.to_string()),
    })
}
