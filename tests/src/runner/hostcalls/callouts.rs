//! HTTP callouts.

use std::time::Duration;

use super::super::abi::Status;
use super::super::callout::HttpCall;
use super::super::headers::Headers;
use super::super::known;
use super::super::message::Message;
use super::super::pairs;
use super::{Call, LEFT_TO_DO, Outcome};

/// The least distance of two tokens: the low bits tell the kind of a call.
const TOKENS: u32 = 4;

#[allow(clippy::too_many_arguments)]
pub(super) fn http_call(
    call: &mut Call<'_, '_>,
    cluster: u32,
    cluster_size: u32,
    headers: u32,
    headers_size: u32,
    body: u32,
    body_size: u32,
    trailers: u32,
    trailers_size: u32,
    timeout: u32,
    id_out: u32,
) -> Outcome {
    call.charge(LEFT_TO_DO)?;
    let cluster = call.read(cluster, cluster_size)?;
    let body = call.read(body, body_size)?;
    let call_headers = call.read(headers, headers_size)?;
    let trailers = call.read(trailers, trailers_size)?;
    call.write_u32(id_out, 0)?;
    let cluster = String::from_utf8_lossy(&cluster).into_owned();
    let mut headers = Headers::new();
    for (name, value) in pairs::parse_spelled(&call_headers) {
        headers.append(known::REQUEST, known::request_name(name), value);
    }
    let wanted = |name: &&str| headers.get(name).is_none();
    if timeout.cast_signed() < 0
        || !call.host().shared().clusters.contains_key(&cluster)
        || [":path", ":method", ":authority"].iter().any(wanted)
    {
        return Err(Status::BadArgument.into());
    }
    if !body.is_empty() {
        headers.replace("content-length", body.len().to_string());
    }
    // What Envoy's client adds.
    headers.replace("x-envoy-internal", "true");
    let timeout = (timeout > 0).then_some(Duration::from_millis(u64::from(timeout)));
    if let Some(timeout) = timeout {
        headers.replace("x-envoy-expected-rq-timeout-ms", timeout.as_millis().to_string());
    }
    let trailers = Some(pairs::parse(&trailers)).filter(|trailers| !trailers.is_empty());
    let host = call.host();
    let (context_id, made_by) = (host.plugin_context_id(), host.context_id());
    let (now, order) = {
        let mut shared = host.shared();
        shared.calls += 1;
        (shared.now, shared.calls)
    };
    host.last_call += TOKENS;
    let token = host.last_call;
    let deadline = timeout.map(|timeout| now + timeout.as_nanos() as u64);
    let request = Message { headers, body, trailers, ended: true };
    let pending = HttpCall { order, context_id, made_by, cluster, request, timeout, deadline };
    host.kept.add(pending.size())?;
    host.calls.insert(token, pending);
    call.write_u32(id_out, token)
}
