//! A plugin in real Envoy.

use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;

use clap::Parser;

use super::Failure;
use crate::case::{Case, CaseFile};
use crate::envoy::{Config, Envoy};

/// Run a plugin in real Envoy
#[derive(Parser)]
#[command(name = "whit-envoy")]
struct Args {
    /// The name of its configuration
    name: String,
    /// The module
    module: PathBuf,
    /// Where Envoy is fetched to, and configurations are written
    #[arg(long)]
    folder: PathBuf,
    /// The case file, whose first case says what the plugin is and how it is configured
    #[arg(long)]
    cases: Option<PathBuf>,
    #[arg(long)]
    listener_port: u16,
    #[arg(long)]
    admin_port: u16,
}

/// Writes a configuration for a plugin, and becomes the Envoy that runs it.
///
/// # Errors
/// There is no Envoy, a port is taken, or the case file cannot be read.
pub fn envoy(args: Vec<OsString>) -> Result<(), Failure> {
    let args: Args = super::parse(args);
    let text = |error: &dyn std::error::Error| Failure::of(error.to_string());
    let cases = match &args.cases {
        None => None,
        Some(path) => {
            let file = CaseFile::read(path).map_err(|error| Failure::usage(error.to_string()))?;
            Some(file.cases)
        }
    };
    let envoy = Envoy::find(&args.folder).map_err(|error| text(&error))?;
    for (flag, port) in [("--listener-port", args.listener_port), ("--admin-port", args.admin_port)]
    {
        if let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
            return Err(Failure::of(format!(
                "port {port} on 127.0.0.1 cannot be used ({error}): stop what listens there, or choose another with {flag}"
            )));
        }
    }
    let plain = Case::get();
    let first = cases.as_ref().and_then(|cases| cases.first()).unwrap_or(&plain);
    let config = Config {
        module: &args.module,
        kind: first.kind,
        vm_configuration: &first.vm_configuration,
        environment: &first.environment,
        failure_policy: first.failure_policy,
        capabilities: first.capabilities.as_deref(),
        configurations: first.configurations(),
        listener_port: args.listener_port,
        admin_port: args.admin_port,
        upstream_port: None,
        routes: &first.routes,
        http2: false,
        metadata: &first.metadata,
        filter_state: (&[], "".as_ref()),
        clusters: &[],
    };
    let config = envoy.write(&args.name, &config).map_err(|error| text(&error))?;
    println!("Envoy:         {}", envoy.program().display());
    println!("configuration: {}", config.display());
    println!("try:           curl -i http://127.0.0.1:{}/", args.listener_port);
    println!("Ctrl-C ends it.");
    let error = envoy.command(&config).exec();
    Err(Failure::of(format!("cannot run {}: {error}", envoy.program().display())))
}
