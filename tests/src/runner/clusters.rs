//! A case's clusters on the runner.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use super::callout::Call;
use super::callouts::{Callouts, Waits};
use super::error::Error;
use super::grpc::{GrpcCall, PendingGrpc};
use super::message::Message;
use super::observe::{as_envoy_sees, pairs, seen};
use super::plugin::Plugin;
use super::worker::Worker;
use crate::case::{Case, CaseCluster, CaseGrpcAnswer, SeenCall, hex};

/// A case's clusters, and the calls that have reached them.
pub(crate) struct Clusters<'a> {
    case: &'a Case,
    pub(crate) seen: Vec<SeenCall>,
    /// How many calls have reached each cluster.
    arrived: Vec<usize>,
    waiting: VecDeque<Waiting>,
    /// What has been taken in.
    taken: Taken,
    /// How many answers may still come: those to a plugin that calls for ever have an end.
    left: u32,
}

/// Which calls have been taken in.
#[derive(Default)]
struct Taken {
    /// The order of the last HTTP call: all before it have been, too.
    http: u64,
    /// The orders of gRPC calls, which are taken in once a server has all that it waits for.
    grpc: HashSet<u64>,
}

/// How many answers a case gives, those for which it waits in vain among them.
const MOST_CALLS: u32 = 10_000;

/// A call without an answer.
struct Waiting {
    /// The cluster's place in the case.
    place: usize,
    /// How many calls reached the cluster before.
    before: usize,
    /// The server has all of it that it waits for.
    complete: bool,
    call: Any,
}

enum Any {
    Http(Call),
    Grpc(GrpcCall),
}

impl Any {
    /// All further calls, if they are HTTP or have all that a server waits for, in the order in which they were
    /// made.
    fn further(worker: &Rc<RefCell<Worker>>, case: &Case, taken: &Taken) -> Vec<Self> {
        let is_ready = |call: &PendingGrpc| {
            let cluster = case.clusters.iter().find(|cluster| cluster.name == call.cluster);
            cluster.is_none_or(|cluster| {
                cluster.refuses || call.ended || (cluster.early && !call.messages.is_empty())
            })
        };
        let http = Callouts::since(worker, taken.http).into_iter().map(Self::Http);
        let wanted = |_, call: &PendingGrpc| !taken.grpc.contains(&call.order) && is_ready(call);
        let grpc = GrpcCall::all(worker, wanted).into_iter();
        let mut all: Vec<Self> = http.chain(grpc.map(Self::Grpc)).collect();
        all.sort_by_key(Self::order);
        all
    }

    fn order(&self) -> u64 {
        match self {
            Self::Http(call) => call.order(),
            Self::Grpc(call) => call.order(),
        }
    }

    fn cluster(&self) -> &str {
        match self {
            Self::Http(call) => call.cluster(),
            Self::Grpc(call) => call.cluster(),
        }
    }

    fn time_left(&self) -> Option<Duration> {
        match self {
            Self::Http(call) => call.time_left(),
            Self::Grpc(call) => call.time_left(),
        }
    }

    fn is_complete(&self, cluster: &CaseCluster) -> bool {
        match self {
            Self::Http(call) => cluster.refuses || is_whole(call.request()),
            Self::Grpc(_) => true,
        }
    }

    fn seen(&self) -> SeenCall {
        let cluster = self.cluster().to_owned();
        match self {
            Self::Http(call) => {
                // Envoy sends none over HTTP/1.
                let request = Message { trailers: None, ..call.request().clone() };
                SeenCall { cluster, request: seen(request), messages: Vec::new() }
            }
            Self::Grpc(call) => {
                let headers = call.headers().clone();
                let request = seen(Message { headers, ..Message::default() });
                SeenCall { cluster, request, messages: call.messages().iter().map(hex).collect() }
            }
        }
    }
}

impl<'a> Clusters<'a> {
    pub(crate) fn new(case: &'a Case) -> Self {
        let arrived = vec![0; case.clusters.len()];
        let (waiting, taken) = (VecDeque::new(), Taken::default());
        Self { case, seen: Vec::new(), arrived, waiting, taken, left: MOST_CALLS }
    }

    /// Gives the answer that comes next, for which time passes if none comes at once. `false` if none
    /// ever does.
    pub(crate) fn answer_next(&mut self, plugin: &Plugin) -> bool {
        self.give_next(plugin) || (self.left > 0 && self.wait(plugin))
    }

    /// Gives the answer that comes next. `false` if none comes at once.
    pub(crate) fn give_next(&mut self, plugin: &Plugin) -> bool {
        if self.left == 0 {
            return false;
        }
        self.collect(plugin);
        let Some(next) = self.next() else { return false };
        self.left -= 1;
        let Some(Waiting { place, before, call, .. }) = self.waiting.remove(next) else {
            return false;
        };
        let cluster = &self.case.clusters[place];
        // A call that has waited too long waits no more.
        let _ = match call {
            Any::Http(call) => answer_http(&call, cluster, before),
            Any::Grpc(call) => answer_grpc(&call, cluster, before),
        };
        true
    }

    /// Takes in the calls that have been made since.
    fn collect(&mut self, plugin: &Plugin) {
        for call in Any::further(&plugin.worker, self.case, &self.taken) {
            match &call {
                Any::Http(call) => self.taken.http = call.order(),
                Any::Grpc(call) => drop(self.taken.grpc.insert(call.order())),
            }
            let clusters = &self.case.clusters;
            let place = clusters.iter().position(|cluster| cluster.name == call.cluster());
            match (place, call) {
                (None, Any::Http(call)) => {
                    let answer = self.case.upstream.clone().unwrap_or_default();
                    let _ = call.reply_with(as_envoy_sees(&answer), answer.body.whole(), None);
                }
                (None, Any::Grpc(call)) => drop(call.reset()),
                (Some(place), call) if call.is_complete(&clusters[place]) => {
                    if !clusters[place].refuses {
                        self.seen.push(call.seen());
                    }
                    let before = self.arrived[place];
                    self.waiting.push_back(Waiting { place, before, complete: true, call });
                    self.arrived[place] += 1;
                }
                // It never will be.
                (Some(place), call) => {
                    self.waiting.push_back(Waiting { place, before: 0, complete: false, call });
                }
            }
        }
    }

    /// The call to answer: the oldest, but the youngest of those that a cluster has held.
    fn next(&self) -> Option<usize> {
        let gives = |waiting: &Waiting| {
            let cluster = &self.case.clusters[waiting.place];
            waiting.complete && !cluster.silent && self.arrived[waiting.place] >= cluster.holds
        };
        let first = self.waiting.iter().position(gives)?;
        let place = self.waiting[first].place;
        if self.case.clusters[place].holds == 0 {
            return Some(first);
        }
        self.waiting.iter().rposition(|waiting| waiting.place == place && waiting.complete)
    }

    /// Waits until the next call has waited too long. `false` if none ever has.
    fn wait(&mut self, plugin: &Plugin) -> bool {
        let left = self.waiting.iter().filter_map(|waiting| waiting.call.time_left()).min();
        let Some(left) = left else { return false };
        self.left -= 1;
        plugin.advance(left);
        let waits = |waiting: &Waiting| waiting.call.time_left().is_none_or(|left| !left.is_zero());
        self.waiting.retain(waits);
        true
    }
}

/// Whether a request holds the body that it promises; else an HTTP/1 server waits for the rest.
fn is_whole(request: &Message) -> bool {
    let promised = request.headers.get("content-length").map(String::from_utf8_lossy);
    let promised = promised.and_then(|length| length.parse::<usize>().ok());
    promised.is_none_or(|length| length <= request.body.len())
}

fn answer_http(call: &Call, cluster: &CaseCluster, before: usize) -> Result<(), Error> {
    match cluster.answer(before) {
        _ if cluster.refuses => call.refuse(),
        _ if cluster.resets => call.break_before_answer(),
        _ if cluster.breaks => call.reset(),
        None => Ok(()),
        Some(answer) => call.reply_with(as_envoy_sees(answer), answer.body.whole(), None),
    }
}

fn answer_grpc(call: &GrpcCall, cluster: &CaseCluster, before: usize) -> Result<(), Error> {
    match cluster.grpc_answer(before) {
        _ if cluster.refuses => call.refuse(),
        _ if cluster.resets => call.reset(),
        None => Ok(()),
        Some(answer) => give(call, answer),
    }
}

fn give(call: &GrpcCall, answer: &CaseGrpcAnswer) -> Result<(), Error> {
    let messages = answer.messages();
    // What Envoy adds: of a request that has not ended it knows no time.
    let mut more =
        pairs(if answer.is_trailers_only() { &answer.trailing } else { &answer.initial });
    more.add("date", "Thu, 01 Jan 1970 00:00:00 GMT");
    if call.has_ended() {
        more.add("x-envoy-upstream-service-time", "0");
    }
    if answer.is_trailers_only() {
        return call.close(answer.status, &answer.text, more);
    }
    call.initial_metadata(more)?;
    if call.is_stream() {
        for message in &messages {
            call.message(message)?;
        }
    } else if answer.status == 0 {
        return match messages.first() {
            Some(message) => call.message(message),
            None => call.end_without_message(),
        };
    }
    call.close(answer.status, &answer.text, pairs(&answer.trailing))
}
