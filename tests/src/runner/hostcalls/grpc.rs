//! gRPC calls and streams.

use std::time::Duration;

use super::super::abi::Status;
use super::super::deferred::What;
use super::super::grpc::{PendingGrpc, Target, UNAVAILABLE, target};
use super::super::headers::Headers;
use super::super::known;
use super::super::pairs;
use super::super::trap::Stopped;
use super::{Call, Fail, LEFT_TO_DO, Outcome, not_offered};

/// The least distance of two tokens: the low bits tell the kind of a call.
const TOKENS: u32 = 4;
const KINDS: u32 = 3;
const CALL: u32 = 1;
const STREAM: u32 = 2;

#[allow(clippy::too_many_arguments)]
pub(super) fn grpc_call(
    call: &mut Call<'_, '_>,
    service: u32,
    service_size: u32,
    name: u32,
    name_size: u32,
    method: u32,
    method_size: u32,
    metadata: u32,
    metadata_size: u32,
    message: u32,
    message_size: u32,
    timeout: u32,
    id_out: u32,
) -> Outcome {
    let service = call.read(service, service_size)?;
    let path = (call.read(name, name_size)?, call.read(method, method_size)?);
    let metadata = pairs::parse(&call.read(metadata, metadata_size)?);
    let message = call.read(message, message_size)?;
    let timeout = Duration::from_millis(u64::from(timeout));
    begin(call, CALL, &service, path, &metadata, Some((message, timeout)), id_out)
}

#[allow(clippy::too_many_arguments)]
pub(super) fn grpc_stream(
    call: &mut Call<'_, '_>,
    service: u32,
    service_size: u32,
    name: u32,
    name_size: u32,
    method: u32,
    method_size: u32,
    metadata: u32,
    metadata_size: u32,
    id_out: u32,
) -> Outcome {
    let service = call.read(service, service_size)?;
    let path = (call.read(name, name_size)?, call.read(method, method_size)?);
    let metadata = pairs::parse(&call.read(metadata, metadata_size)?);
    begin(call, STREAM, &service, path, &metadata, None, id_out)
}

/// Begins a call, which has a message and a timeout, or a stream.
fn begin(
    call: &mut Call<'_, '_>,
    kind: u32,
    service: &[u8],
    (name, method): (Vec<u8>, Vec<u8>),
    metadata: &Headers,
    request: Option<(Vec<u8>, Duration)>,
    id_out: u32,
) -> Outcome {
    call.charge(LEFT_TO_DO)?;
    let exists = |call: &mut Call<'_, '_>, cluster: &String| {
        call.host().shared().clusters.contains_key(cluster)
    };
    let cluster = match target(service) {
        Target::Cluster(cluster) => cluster,
        Target::Name(name) if exists(call, &name) => name,
        Target::Name(_) => return Err(Status::ParseFailure.into()),
        Target::NotOffered(what) => return not_offered(what),
        Target::Nothing => {
            let why = "a gRPC service that can be read as a message, and names no service";
            return Err(Fail::Stop(Stopped::CrashesEnvoy(why)));
        }
    };
    let exists = exists(call, &cluster);
    let host = call.host();
    let (context_id, made_by) = (host.plugin_context_id(), host.context_id());
    let last = if kind == CALL { &mut host.last_grpc_call } else { &mut host.last_grpc_stream };
    *last += TOKENS;
    let token = *last + kind;
    if !exists {
        // The guest gets no token, and yet is told of the end.
        let message = "Cluster not available".to_owned();
        host.defer(What::GrpcClosed { token, status: UNAVAILABLE, message });
        return Err(Status::InternalFailure.into());
    }
    let path = [b"/", &name[..], b"/", &method[..]].concat();
    let mut headers = Headers::from([
        (":method", &b"POST"[..]),
        (":path", &path[..]),
        (":authority", cluster.as_bytes()),
        (":scheme", b"http"),
        ("te", b"trailers"),
        ("content-type", b"application/grpc"),
        ("x-envoy-internal", b"true"),
    ]);
    let (messages, timeout) = match request {
        None => (Vec::new(), None),
        Some((message, timeout)) => (vec![message], Some(timeout)),
    };
    if let Some(timeout) = timeout {
        headers.add("grpc-timeout", format!("{}m", timeout.as_millis()));
        headers.add("x-envoy-expected-rq-timeout-ms", timeout.as_millis().to_string());
    }
    for (name, value) in metadata.iter() {
        headers.append(known::REQUEST, known::request_name(name), value);
    }
    let (now, order) = {
        let mut shared = host.shared();
        shared.calls += 1;
        (shared.now, shared.calls)
    };
    let timeout = timeout.filter(|timeout| !timeout.is_zero());
    let kept = cluster.len() + headers.size() + messages.iter().map(Vec::len).sum::<usize>();
    host.kept.add(kept)?;
    let pending = PendingGrpc {
        order,
        context_id,
        made_by,
        cluster,
        headers,
        messages,
        kept,
        ended: kind == CALL,
        stream: kind == STREAM,
        begun: false,
        local_closed: false,
        remote_closed: false,
        timeout,
        deadline: timeout.map(|timeout| now + timeout.as_nanos() as u64),
    };
    host.grpc.insert(token, pending);
    call.write_u32(id_out, token)
}

/// The call of a token, if it belongs to the plugin that asks.
fn find<'a>(call: &'a mut Call<'_, '_>, token: u32) -> Result<&'a mut PendingGrpc, Status> {
    let host = call.host();
    let context_id = host.plugin_context_id();
    let found = host.grpc.get_mut(&token).filter(|found| found.context_id == context_id);
    found.ok_or(Status::NotFound)
}

pub(super) fn grpc_send(
    call: &mut Call<'_, '_>,
    token: u32,
    message: u32,
    message_size: u32,
    end: u32,
) -> Outcome {
    let message = call.read(message, message_size)?;
    if token & KINDS != STREAM {
        return Err(Status::BadArgument.into());
    }
    let stream = find(call, token)?;
    if stream.ended {
        return Ok(());
    }
    let (before, after) = (stream.kept, stream.kept + message.len() + size_of_val(&message));
    call.host().kept.replace(Some(before), after)?;
    let stream = find(call, token)?;
    stream.kept = after;
    stream.messages.push(message);
    stream.ended = end != 0;
    Ok(())
}

pub(super) fn grpc_close(call: &mut Call<'_, '_>, token: u32) -> Outcome {
    match token & KINDS {
        CALL => grpc_cancel(call, token),
        STREAM => {
            let stream = find(call, token)?;
            stream.ended = true;
            stream.local_closed = true;
            if stream.remote_closed {
                call.host().end_grpc(token);
            }
            Ok(())
        }
        _ => Err(Status::BadArgument.into()),
    }
}

pub(super) fn grpc_cancel(call: &mut Call<'_, '_>, token: u32) -> Outcome {
    if !matches!(token & KINDS, CALL | STREAM) {
        return Err(Status::BadArgument.into());
    }
    find(call, token)?;
    call.host().end_grpc(token);
    Ok(())
}
