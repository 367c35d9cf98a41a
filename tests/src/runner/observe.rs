//! Case files on the runner.

use super::error::Error;
use super::exchange::{Answer, Request};
use super::headers::Headers;
use super::host::LogLevel;
use super::message::Message;
use super::plugin::Plugin;
use super::vm::Vm;
use crate::case::{Case, LogLine, Observed, Outcome, Seen};

/// Boots a module as a case says and drives the case's request through it. Returns what came of
/// it, and the plugin unless it was refused.
pub fn observe(module: &[u8], case: &Case) -> (Observed, Option<Plugin>) {
    let start = || {
        Vm::new(module)?
            .vm_id(Case::VM_ID)
            .configuration(case.vm_configuration.as_bytes())
            .plugin()
            .configuration(case.configuration.as_bytes())
            .start()
    };
    let mut plugin: Plugin = match start() {
        Ok(plugin) => plugin,
        Err(Error::Refused(refusal)) => {
            let log = refusal.log().to_vec();
            return (Observed::refused(log, refusal.to_string()), None);
        }
        Err(error) => return (Observed::refused(Vec::new(), error.to_string()), None),
    };
    plugin.take_log();

    let mut request =
        Request::new(&case.request.method, &case.request.path, case.request.body.as_bytes());
    for (name, value) in &case.request.headers {
        request = request.header(name, value);
    }
    let answer = match &case.upstream {
        None => Answer::direct(Case::DIRECT_STATUS, Case::DIRECT_BODY),
        Some(upstream) => {
            let mut headers = Headers::from([(":status", upstream.status.to_string())]);
            for (name, value) in &upstream.headers {
                headers.add(name, value);
            }
            headers.add("content-length", upstream.body.len().to_string());
            // What an HTTP server adds, and Envoy's router.
            headers.add("date", "Thu, 01 Jan 1970 00:00:00 GMT");
            headers.add("x-envoy-upstream-service-time", "0");
            Answer::Upstream { headers, body: upstream.body.clone().into_bytes() }
        }
    };
    let exchange = plugin.exchange(&request, &answer);
    // What Envoy shows at its default level.
    let shown = plugin.take_log().into_iter().filter(|line| line.level >= LogLevel::Info);
    let log = shown.map(|line| LogLine { level: line.level.to_string(), message: line.message });
    let observed = Observed {
        outcome: match exchange.response {
            Some(_) if exchange.broken => Outcome::Broken,
            Some(response) if response.ended => Outcome::Answered {
                status: response.status().unwrap_or_default(),
                response: seen(response),
            },
            Some(_) | None => Outcome::NoAnswer,
        },
        upstream: exchange
            .upstream
            .filter(|request| request.ended && case.upstream.is_some())
            .map(seen),
        log: log.collect(),
        errors: plugin.errors().to_vec(),
    };
    (observed, Some(plugin))
}

fn seen(message: Message) -> Seen {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Seen {
        headers: message.headers.iter().map(|(name, value)| (text(name), text(value))).collect(),
        body: text(&message.body),
    }
}
