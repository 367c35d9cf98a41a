//! What the terminal shows: log lines of the plugin on stdout, one line for each request, and what goes
//! wrong on stderr.

use std::net::SocketAddr;
use std::time::Duration;

use super::Options;
use crate::{Headers, Plugin};

pub(super) fn listening(address: SocketAddr, options: &Options) {
    let behind = match &options.upstream {
        Some(upstream) => format!("http://{upstream}"),
        None => "a direct answer".to_owned(),
    };
    println!("{} on http://{address}, before {behind}", options.module.display());
}

pub(super) fn note(what: &str) {
    println!("{what}");
}

pub(super) fn trouble(what: &str) {
    eprintln!("error: {what}");
}

/// What the plugin and the host have called.
pub(super) fn trace(plugin: &Plugin) {
    let trace = plugin.take_trace();
    if !trace.callbacks.is_empty() {
        print!("{trace}");
    }
}

/// What the plugin and the host have logged.
pub(super) fn log(plugin: &Plugin) {
    for line in plugin.take_log() {
        println!("[{}] {}", line.level, line.message);
    }
    for error in plugin.take_errors() {
        trouble(&error);
    }
}

/// A request that is over.
pub(super) fn request(request: &Headers, ended: &str, took: Duration) {
    let text = |name| String::from_utf8_lossy(request.get(name).unwrap_or_default()).into_owned();
    println!(
        "{} {} -> {ended} in {:.1} ms",
        text(":method"),
        text(":path"),
        took.as_secs_f64() * 1e3
    );
}
