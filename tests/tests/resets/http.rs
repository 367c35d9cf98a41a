//! HTTP streams, step by step.

use whit_test::case::{Case, CaseAnswer, CaseBody, CaseField, CaseStream};
use whit_test::{Call, GrpcCall, Headers, Http, Plugin};

use super::{End, Steps};

/// Runs a stream for so many steps, lets it end, and gives late answers. Returns how many steps it has taken.
pub fn run(plugin: &Plugin, case: &Case, stream: &CaseStream, steps: usize, end: End) -> usize {
    let mut steps = Steps::so_many(steps);
    let mut http = plugin.http();
    for (namespace, values) in &case.metadata {
        for (key, value) in values {
            http.metadata(namespace, key, value.clone());
        }
    }
    send(&mut http, case, stream, &mut steps);
    match (end, http.response()) {
        (End::Client, _) => {}
        (End::Upstream, None) => http.upstream_fails("connection termination"),
        (End::Upstream, Some(_)) => http.upstream_breaks(),
    }
    http.close();
    late(plugin, case);
    steps.taken
}

fn send(http: &mut Http, case: &Case, stream: &CaseStream, steps: &mut Steps) {
    let request = &stream.request;
    let mut headers = Headers::from([
        (":authority", "localhost"),
        (":path", &request.path),
        (":method", &request.method),
        (":scheme", "http"),
        ("x-forwarded-proto", "http"),
    ]);
    request.headers.iter().for_each(|(name, value)| headers.add(name, value));
    let answer = CaseAnswer::default();
    let answer = case.upstream.as_ref().unwrap_or(&answer);
    let mut status = Headers::from([(":status", answer.status.to_string())]);
    answer.headers.iter().for_each(|(name, value)| status.add(name, value));

    let parts = [
        Part { headers, body: &request.body, trailers: &request.trailers },
        Part { headers: status, body: &answer.body, trailers: &answer.trailers },
    ];
    for (part, way) in parts.into_iter().zip([Way::REQUEST, Way::RESPONSE]) {
        if !part.send(http, &way, case, steps) {
            return;
        }
        // An upstream answers what it has.
        if !http.upstream().is_some_and(|request| request.ended) || http.local_reply().is_ok() {
            return;
        }
    }
}

/// The hostcalls of one direction.
struct Way {
    headers: fn(&mut Http, Headers, whit_test::End),
    body: fn(&mut Http, &[u8], whit_test::End),
    trailers: fn(&mut Http, Headers),
}

impl Way {
    const REQUEST: Self = Self {
        headers: |http, headers, end| http.request_headers(headers, end),
        body: |http, chunk, end| http.request_body(chunk, end),
        trailers: |http, trailers| http.request_trailers(trailers),
    };
    const RESPONSE: Self = Self {
        headers: |http, headers, end| http.response_headers(headers, end),
        body: |http, chunk, end| http.response_body(chunk, end),
        trailers: |http, trailers| http.response_trailers(trailers),
    };
}

/// A message that comes.
struct Part<'a> {
    headers: Headers,
    body: &'a CaseBody,
    trailers: &'a [CaseField],
}

impl Part<'_> {
    /// Sends it, and answers the calls that the plugin makes meanwhile. `false` if there are no steps left.
    fn send(self, http: &mut Http, way: &Way, case: &Case, steps: &mut Steps) -> bool {
        let chunks = chunks(self.body);
        let mut left = chunks.len() + usize::from(!self.trailers.is_empty());
        let mut end = || {
            left = left.wrapping_sub(1);
            if left == usize::MAX { whit_test::End::Yes } else { whit_test::End::No }
        };
        if !steps.next() {
            return false;
        }
        (way.headers)(http, self.headers, end());
        for chunk in &chunks {
            if !answer_calls(http, case, steps) || !steps.next() {
                return false;
            }
            (way.body)(http, chunk, end());
        }
        if !self.trailers.is_empty() {
            if !answer_calls(http, case, steps) || !steps.next() {
                return false;
            }
            let fields = self.trailers.iter();
            (way.trailers)(
                http,
                fields.map(|(name, value)| (name.as_str(), value.as_bytes())).collect(),
            );
        }
        answer_calls(http, case, steps)
    }
}

/// A body in two chunks at least.
fn chunks(body: &CaseBody) -> Vec<Vec<u8>> {
    let mut chunks: Vec<Vec<u8>> = body.chunks().map(|chunk| chunk.to_vec()).collect();
    if let [only] = chunks.as_mut_slice() {
        let rest = only.split_off(only.len() / 2);
        chunks.push(rest);
    }
    chunks
}

/// Answers calls until there are none. `false` if there are no steps left.
fn answer_calls(http: &Http, case: &Case, steps: &mut Steps) -> bool {
    // Not for ever.
    for _ in 0..8 {
        let http_call = http.callouts().into_iter().next();
        let grpc_call = http.grpc_calls().into_iter().next();
        if http_call.is_none() && grpc_call.is_none() {
            return true;
        }
        if !steps.next() {
            return false;
        }
        http_call.iter().for_each(|call| answer(call, case));
        grpc_call.iter().for_each(|call| answer_grpc(call, case));
    }
    true
}

/// As the case's cluster does.
fn answer(call: &Call, case: &Case) {
    let cluster = case.clusters.iter().find(|cluster| cluster.name == call.cluster());
    let answer = cluster.and_then(|cluster| cluster.answers.first());
    let answered = match answer {
        Some(answer) => {
            let fields = answer.headers.iter();
            let headers: Headers =
                fields.map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            call.reply(answer.status, headers, answer.body.whole())
        }
        None => call.reset(),
    };
    answered.expect("it waits");
}

fn answer_grpc(call: &GrpcCall, case: &Case) {
    let cluster = case.clusters.iter().find(|cluster| cluster.name == call.cluster());
    let answer = cluster.and_then(|cluster| cluster.grpc.first());
    let answered = match answer {
        Some(answer) if answer.status == 0 => match &answer.message {
            Some(message) => call.message(&message.0),
            None => call.close(0, "", Headers::new()),
        },
        Some(answer) => call.close(answer.status, &answer.text, Headers::new()),
        None => call.reset(),
    };
    answered.expect("it waits");
}

/// Answers all that streams have asked for that are gone.
fn late(plugin: &Plugin, case: &Case) {
    plugin.callouts().into_iter().for_each(|call| answer(&call, case));
    plugin.grpc_calls().into_iter().for_each(|call| answer_grpc(&call, case));
}
