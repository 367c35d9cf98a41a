//! `run`: a plugin that can be curled, without Envoy.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;

use crate::host::{Host, Tool};
use crate::plugin::Subject;
use crate::{Usage, build};

/// Serve HTTP/1.1 and HTTP/2 with a plugin in front, on the runner
#[derive(clap::Args)]
pub struct Args {
    /// A plugin, or the path of a module [default: the plugin of the current folder]
    #[arg(value_name = "NAME|PATH.wasm")]
    subject: Option<String>,
    /// A file with the plugin configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where requests go that pass the plugin [default: nowhere, they get a direct answer]
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    upstream: Option<String>,
    /// The address to listen on; port 0 is a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// A cluster that the plugin calls, and where it is; can be given several times
    #[arg(long, value_name = "NAME=HOST:PORT", value_parser = cluster)]
    cluster: Vec<(String, String)>,
    /// Start the plugin again when its module or its configuration changes; build a plugin again when its
    /// source does
    #[arg(long)]
    watch: bool,
    /// Show every callback and hostcall, with arguments and results
    #[arg(long)]
    trace: bool,
}

fn host_and_port(text: &str) -> Result<String, String> {
    let port = text.rsplit_once(':').and_then(|(host, port)| {
        port.parse::<u16>().ok().filter(|_| !host.is_empty() && !host.contains('/'))
    });
    match port {
        Some(_) => Ok(text.to_owned()),
        None => Err("a host, a colon and a port are expected, such as 127.0.0.1:3000".to_owned()),
    }
}

fn cluster(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, server)) if !name.is_empty() => Ok((name.to_owned(), host_and_port(server)?)),
        _ => Err("a name, `=` and a server are expected, such as auth=127.0.0.1:3000".to_owned()),
    }
}

pub fn run(args: &Args, host: &dyn Host) -> Result<()> {
    if let Some(config) = args.config.as_ref().filter(|config| !config.is_file()) {
        return Err(Usage(format!("there is no configuration at {}", config.display())).into());
    }
    let subject = Subject::one(args.subject.as_deref())?;
    build::build_subjects(std::slice::from_ref(&subject))?;
    let mut command: Vec<OsString> = vec![subject.module()];
    if let Some(config) = &args.config {
        command.extend(["--config".into(), std::path::absolute(config)?.into()]);
    }
    command.extend(["--listen".into(), args.listen.to_string().into()]);
    if let Some(upstream) = &args.upstream {
        command.extend(["--upstream".into(), upstream.into()]);
    }
    for (name, server) in &args.cluster {
        command.extend(["--cluster".into(), name.into(), server.into()]);
    }
    for (flag, given) in [("--watch", args.watch), ("--trace", args.trace)] {
        command.extend(given.then(|| flag.into()));
    }
    match subject {
        Subject::Plugin(plugin) if args.watch => host.serve(command, &plugin),
        Subject::Plugin(_) | Subject::Module(_) => host.run(Tool::Run, command),
    }
}
