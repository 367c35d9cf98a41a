//! Case files on the runner.

use std::time::Duration;

use super::builder::PluginBuilder;
use super::clusters::Clusters;
use super::conversation::converse;
use super::error::Error;
use super::exchange::{Answer, Exchange, Request, answer_it, begin, direct};
use super::headers::Headers;
use super::http::Http;
use super::log::{self, LogLevel};
use super::message::Message;
use super::plugin::Plugin;
use super::vm::Vm;
use crate::case::{
    Case, CaseAnswer, CaseCluster, CaseField, CaseRequest, CaseRoute, Kind, LogLine, Observed,
    Outcome, Seen, SeenStream,
};

/// Boots a module as a case says and drives the case's requests through it. Returns what came of
/// it, and the first plugin unless it was refused.
pub fn observe(module: &[u8], case: &Case) -> (Observed, Option<Plugin>) {
    let (observed, plugin) = observe_with(module, case, |builder| builder);
    (observed, plugin.ok())
}

/// As [`observe`], with something done to each plugin before it starts, such as
/// [`PluginBuilder::traced`]; and with the reason if it was refused.
pub fn observe_with(
    module: &[u8],
    case: &Case,
    prepare: impl Fn(PluginBuilder) -> PluginBuilder,
) -> (Observed, Result<Plugin, Error>) {
    match Vm::new(module) {
        Ok(vm) => vm.observe_with(case, prepare),
        Err(error) => (refused(&error), Err(error)),
    }
}

impl Vm {
    /// As [`observe()`], of a module that is compiled once for all its cases.
    pub fn observe(&self, case: &Case) -> (Observed, Option<Plugin>) {
        let (observed, plugin) = self.observe_with(case, |builder| builder);
        (observed, plugin.ok())
    }

    /// As [`observe_with`], of a module that is compiled once for all its cases.
    pub fn observe_with(
        &self,
        case: &Case,
        prepare: impl Fn(PluginBuilder) -> PluginBuilder,
    ) -> (Observed, Result<Plugin, Error>) {
        match start(self, case, prepare) {
            Ok((plugin, others)) => (drive(&plugin, &others, case), Ok(plugin)),
            Err(error) => (refused(&error), Err(error)),
        }
    }
}

/// Why there is no plugin.
fn refused(error: &Error) -> Observed {
    let (log, guest_log) = match error {
        Error::Refused(refusal) => (refusal.log().to_vec(), refusal.guest_log().to_vec()),
        _ => Default::default(),
    };
    Observed::refused(log, shown(guest_log), error.to_string())
}

fn drive(plugin: &Plugin, others: &[Plugin], case: &Case) -> Observed {
    let boot_log = shown(plugin.take_log());

    let connection = (case.kind == Kind::Tcp).then(|| converse(plugin, others, case));
    let mut clusters = Clusters::new(case);
    let answer = answer(case);
    let mut streams: Vec<Option<Waiting>> = Vec::new();
    for stream in case.streams() {
        wait(plugin, &mut clusters, stream.waits);
        settle(&mut streams, &answer, case);
        let mut http = plugin.http_with(others);
        for (namespace, values) in &case.metadata {
            for (key, value) in values {
                http.metadata(namespace, key, value.clone());
            }
        }
        for CaseRoute { header: (name, value), body } in &case.routes {
            http.route_by_header(name, value, direct(Case::DIRECT_STATUS, body.as_bytes()));
        }
        begin(&mut http, &request(&stream.request, case.http2()), &answer);
        streams.push((!stream.closes).then_some(Waiting { http, answered: false }));
        settle(&mut streams, &answer, case);
    }
    for tick in 0..=case.ticks {
        if tick > 0
            && let Some(until) = plugin.next_tick()
        {
            plugin.advance(until);
        }
        settle(&mut streams, &answer, case);
        while clusters.answer_next(plugin) {
            settle(&mut streams, &answer, case);
        }
    }
    let ended = streams.into_iter().zip(case.streams()).map(|(stream, wanted)| {
        let names = wanted.expect.filter_state.into_iter().map(|(name, _)| name);
        let state = |name: String| {
            let value = stream.as_ref().and_then(|stream| stream.http.filter_state(&name));
            (name, value.map(|value| String::from_utf8_lossy(&value).into_owned()))
        };
        let filter_state = names.map(state).collect();
        let exchange = stream.map(|stream| Exchange::end(stream.http));
        SeenStream { filter_state, ..observed(case, exchange) }
    });
    let streams = ended.collect();
    let metrics = case.expect.metrics.iter();
    let metrics = metrics.map(|(name, _)| (name.clone(), plugin.metric(name))).collect();
    let log = shown(plugin.take_log());
    if case.shuts_down {
        for plugin in others.iter().rev().chain([plugin]) {
            plugin.shut_down();
        }
    }
    let shutdown_log = shown(plugin.take_log());
    let (calls, errors) = (clusters.seen, plugin.errors());
    Observed {
        refused: None,
        streams,
        connection,
        calls,
        boot_log,
        log,
        shutdown_log,
        metrics,
        errors,
    }
}

/// Lets milliseconds pass, in which clusters answer.
fn wait(plugin: &Plugin, clusters: &mut Clusters<'_>, milliseconds: u32) {
    let mut left = Duration::from_millis(milliseconds.into());
    while !left.is_zero() {
        let step =
            plugin.next_tick().map_or(left, |tick| tick.max(Duration::from_millis(1)).min(left));
        plugin.advance(step);
        left -= step;
        while clusters.give_next(plugin) {}
    }
}

/// The first plugin, and those beside it.
fn start(
    vm: &Vm,
    case: &Case,
    prepare: impl Fn(PluginBuilder) -> PluginBuilder,
) -> Result<(Plugin, Vec<Plugin>), Error> {
    let vm = vm.clone().vm_id(Case::VM_ID).configuration(case.vm_configuration.as_bytes());
    let vm = case.environment.iter().fold(vm, |vm, (name, value)| vm.environment(name, value));
    let mut plugins: Vec<Plugin> = Vec::new();
    for configuration in case.configurations() {
        let mut builder = match plugins.first() {
            None => vm.plugin(),
            Some(first) => first.beside(),
        };
        let upstream = case.upstream.iter().map(|_| Case::CLUSTER);
        for cluster in upstream {
            builder = builder.cluster(cluster);
        }
        for CaseCluster { name, refuses, .. } in &case.clusters {
            builder = if *refuses { builder.refusing_cluster(name) } else { builder.cluster(name) };
        }
        if case.kind == Kind::Background {
            builder = builder.background();
        }
        builder = builder.failure_policy(case.failure_policy);
        builder = builder.capabilities(case.capabilities.iter().flatten());
        plugins.push(prepare(builder.configuration(configuration.as_bytes())).start()?);
    }
    let mut plugins = plugins.into_iter();
    let none = || Error::NotThere("there is no plugin".to_owned());
    Ok((plugins.next().ok_or_else(none)?, plugins.collect()))
}

fn request(case: &CaseRequest, http2: bool) -> Request {
    let mut request = Request::new(&case.method, &case.path, &case.body.whole());
    request.chunks = case.body.sizes();
    for (name, value) in &case.headers {
        request.headers.add(name, value);
    }
    request.trailers = Some(pairs(&case.trailers)).filter(|trailers| !trailers.is_empty());
    request.http2 = http2;
    request
}

/// What stands behind the plugins.
fn answer(case: &Case) -> Answer {
    match &case.upstream {
        None => Answer::direct(Case::DIRECT_STATUS, Case::DIRECT_BODY),
        Some(upstream) => Answer::Upstream {
            headers: as_envoy_sees(upstream),
            body: upstream.body.whole(),
            chunks: upstream.body.sizes(),
        },
    }
}

/// An answer's headers, with what an HTTP server adds, and Envoy's router.
pub(super) fn as_envoy_sees(answer: &CaseAnswer) -> Headers {
    let mut headers = Headers::from([(":status", answer.status.to_string())]);
    headers.extend(&pairs(&answer.headers));
    if answer.trailers.is_empty() {
        headers.add("content-length", answer.body.len().to_string());
    }
    headers.add("date", "Thu, 01 Jan 1970 00:00:00 GMT");
    headers.add("x-envoy-upstream-service-time", "0");
    headers
}

/// A stream, and whether the upstream has answered it.
struct Waiting {
    http: Http,
    answered: bool,
}

pub(super) fn pairs(pairs: &[CaseField]) -> Headers {
    pairs.iter().map(|(name, value)| (name, value)).collect()
}

/// The upstream answers the requests that have reached it.
fn settle(streams: &mut [Option<Waiting>], answer: &Answer, case: &Case) {
    let trailers = case.upstream.as_ref().map(|upstream| pairs(&upstream.trailers));
    let trailers = trailers.filter(|trailers| !trailers.is_empty());
    for stream in streams.iter_mut().flatten().filter(|stream| !stream.answered) {
        stream.answered = answer_it(&mut stream.http, answer, trailers.as_ref(), case.http2());
    }
}

/// What Envoy shows at its default level.
fn shown(log: Vec<log::LogLine>) -> Vec<LogLine> {
    let shown = log.into_iter().filter(|line| line.level >= LogLevel::Info);
    shown.map(|line| LogLine { level: line.level.to_string(), message: line.message }).collect()
}

fn observed(case: &Case, exchange: Option<Exchange>) -> SeenStream {
    let Some(exchange) = exchange else {
        return SeenStream::none();
    };
    SeenStream {
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
        filter_state: Vec::new(),
    }
}

pub(super) fn seen(message: Message) -> Seen {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fields = |headers: &Headers| {
        headers.iter().map(|(name, value)| (text(name), value.into())).collect()
    };
    Seen {
        headers: fields(&message.headers),
        body: message.body.clone().into(),
        trailers: message.trailers.as_ref().map(fields).unwrap_or_default(),
    }
}
