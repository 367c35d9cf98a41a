//! Going on with a stream, closing it, answering it; contexts.

use super::super::abi::Status;
use super::super::deferred::{Deferred, What};
use super::super::message::LocalReply;
use super::{Call, LEFT_TO_DO, Outcome};

pub(super) fn continue_stream(call: &mut Call<'_, '_>, stream_type: u32) -> Outcome {
    match stream_type {
        0 => continue_request(call),
        1 => continue_response(call),
        2 => {
            call.charge(LEFT_TO_DO)?;
            if call.host().tcp().is_some() {
                call.host().defer(What::ContinueDownstream);
            }
            Ok(())
        }
        // Envoy continues none upstream.
        3 => Err(Status::Unimplemented.into()),
        _ => Err(Status::BadArgument.into()),
    }
}

pub(super) fn continue_request(call: &mut Call<'_, '_>) -> Outcome {
    resume(call, What::ContinueRequest)
}

pub(super) fn continue_response(call: &mut Call<'_, '_>) -> Outcome {
    resume(call, What::ContinueResponse)
}

pub(super) fn resume(call: &mut Call<'_, '_>, what: What) -> Outcome {
    call.charge(LEFT_TO_DO)?;
    let host = call.host();
    if let Some(http) = host.http() {
        // Envoy gives the request up, whichever side goes on; what it holds still flows.
        http.request.headers = false;
        http.request.trailers = false;
        http.request.body_given_up = true;
        host.defer(what);
    }
    Ok(())
}

pub(super) fn close_stream(call: &mut Call<'_, '_>, stream_type: u32) -> Outcome {
    if stream_type > 3 {
        return Err(Status::BadArgument.into());
    }
    call.charge(LEFT_TO_DO)?;
    let host = call.host();
    if stream_type < 2 && host.http().is_some() {
        if let Some(info) = host.info() {
            let details = &mut info.borrow_mut().details;
            details.get_or_insert_with(|| "wasm_close_stream".to_owned());
        }
        host.defer(What::Close);
    } else if stream_type >= 2 && host.tcp().is_some() {
        host.defer(What::CloseConnection);
    }
    Ok(())
}

pub(super) fn clear_route_cache(_: &mut Call<'_, '_>) -> Outcome {
    Ok(())
}

#[allow(clippy::too_many_arguments)]
pub(super) fn send_local_response(
    call: &mut Call<'_, '_>,
    status: u32,
    details: u32,
    details_size: u32,
    body: u32,
    body_size: u32,
    headers: u32,
    headers_size: u32,
    grpc_status: u32,
) -> Outcome {
    call.charge(LEFT_TO_DO)?;
    let details = call.read(details, details_size)?;
    let body = call.read(body, body_size)?;
    let headers = call.read(headers, headers_size)?;
    let host = call.host();
    if let Some(http) = host.http() {
        let headers = http.reply_headers(&headers);
        let details = String::from_utf8_lossy(&details).into_owned();
        let grpc_status = grpc_status.cast_signed();
        host.defer(What::Reply(LocalReply { status, details, headers, body, grpc_status }));
    }
    host.stop_iteration = true;
    Ok(())
}

pub(super) fn set_effective_context(call: &mut Call<'_, '_>, context_id: u32) -> Outcome {
    let host = call.host();
    if !host.contexts.contains_key(&context_id) {
        return Err(Status::BadArgument.into());
    }
    host.effective = context_id;
    Ok(())
}

/// The plugin ends, if it has waited for that.
pub(super) fn done(call: &mut Call<'_, '_>) -> Outcome {
    let host = call.host();
    let context_id = host.plugin_context_id();
    let waits = host.plugin_context().filter(|context| context.waits_for_done);
    waits.ok_or(Status::NotFound)?.waits_for_done = false;
    host.deferred.push_back(Deferred { context_id, what: What::Delete });
    Ok(())
}
