//! Callbacks of HTTP streams.

use crate::call::{HttpCallResponse, Owner, http_call_owner};
use crate::grpc::{GrpcEvent, GrpcId, GrpcMessage, grpc_owner};
use crate::http::{Action, Http, HttpFilter};
use crate::map::Map;
use crate::outcome::{Failure, LastOutcome, Outcome, StreamType};
use crate::state::{Streams, enter};

/// Runs a callback of a stream; `None` if its values cannot be had.
#[inline(always)]
fn about<S: Streams, R>(
    streams: S,
    context_id: u32,
    run: impl FnOnce(&mut S::Filter, &Http<'_, S::Plugin>) -> R,
) -> Option<R> {
    enter(streams, context_id, |filter, context, plugin| run(filter, &Http::new(context, plugin)))
}

macro_rules! callbacks {
    ($($name:ident($($argument:ident: $type:ty = $value:expr),*), $failure:ident;)*) => {$(
        #[doc = concat!("`proxy_", stringify!($name), "`")]
        #[inline(always)]
        pub fn $name<S: Streams>(streams: S, context_id: u32 $(, $argument: $type)*) -> u32
        where
            S::Filter: HttpFilter<S::Plugin>,
        {
            let action = about(streams, context_id, |filter, http| {
                let failure = Failure::$failure.unless_passed(S::Filter::ON_ERROR);
                filter.$name(http $(, $value)*).settle(stringify!($name), failure)
            });
            // Where its values cannot be had, the stream goes on.
            action.unwrap_or(Action::Continue as u32)
        }
    )*};
}

callbacks! {
    on_request_headers(end_of_stream: u32 = end_of_stream != 0), Reply;
    on_request_body(size: usize = size, end_of_stream: u32 = end_of_stream != 0), Reply;
    on_request_trailers(), Reply;
    on_response_headers(end_of_stream: u32 = end_of_stream != 0), Reply;
    on_response_body(size: usize = size, end_of_stream: u32 = end_of_stream != 0), Pass;
    on_response_trailers(), Pass;
}

macro_rules! notices {
    ($($name:ident)*) => {$(
        #[doc = concat!("`proxy_", stringify!($name), "`")]
        #[inline(always)]
        pub fn $name<S: Streams>(streams: S, context_id: u32)
        where
            S::Filter: HttpFilter<S::Plugin>,
        {
            about(streams, context_id, |filter, http| filter.$name(http).settle(stringify!($name)));
        }
    )*};
}

notices! { on_context_create on_log }

/// `proxy_on_done`
#[inline(always)]
pub fn on_done<S: Streams>(streams: S, context_id: u32) -> u32
where
    S::Filter: HttpFilter<S::Plugin>,
{
    about(streams, context_id, |filter, http| filter.on_done(http)).unwrap_or(true).into()
}

/// `proxy_on_delete`
#[inline(always)]
pub fn on_delete<S: Streams>(streams: S, context_id: u32)
where
    S::Filter: HttpFilter<S::Plugin>,
{
    about(streams, context_id, |filter, http| filter.on_delete(http));
}

/// Runs a callback about a callout of a stream; false if it is none of a stream's.
#[inline(always)]
fn answer<S: Streams>(
    streams: S,
    owner: Owner,
    run: impl FnOnce(&mut S::Filter, &Http<'_, S::Plugin>),
) -> bool {
    match owner {
        Owner::Stream(context_id) => {
            about(streams, context_id, run);
            true
        }
        Owner::Gone => true,
        Owner::Plugin => false,
    }
}

macro_rules! settled {
    ($S:ident, $filter:ident.$name:ident($($argument:expr),*)) => {{
        let failure = Failure::Reply.unless_passed($S::Filter::ON_ERROR);
        let outcome = $filter.$name($($argument),*);
        outcome.settle_answer(stringify!($name), failure, StreamType::HttpRequest);
    }};
}

/// `proxy_on_http_call_response`
#[inline(always)]
pub fn on_http_call_response<S: Streams>(
    streams: S,
    call: u32,
    num_headers: u32,
    body_size: usize,
) -> bool
where
    S::Filter: HttpFilter<S::Plugin>,
{
    answer(streams, http_call_owner(call), |filter, http| {
        let response = HttpCallResponse::new(call, num_headers, body_size, http.callback);
        settled!(S, filter.on_http_call_response(http, &response));
    })
}

macro_rules! metadata {
    ($($name:ident: $map:ident;)*) => {$(
        #[doc = concat!("`proxy_", stringify!($name), "`")]
        #[inline(always)]
        pub fn $name<S: Streams>(streams: S, call: u32) -> bool
        where
            S::Filter: HttpFilter<S::Plugin>,
        {
            answer(streams, grpc_owner(call, GrpcEvent::Metadata), |filter, http| {
                let metadata = Map::new(Map::$map, http.callback);
                settled!(S, filter.$name(http, GrpcId(call), metadata));
            })
        }
    )*};
}

metadata! {
    on_grpc_receive_initial_metadata: GRPC_CALL_INITIAL_METADATA;
    on_grpc_receive_trailing_metadata: GRPC_CALL_TRAILING_METADATA;
}

/// `proxy_on_grpc_receive`
#[inline(always)]
pub fn on_grpc_receive<S: Streams>(streams: S, call: u32, size: usize) -> bool
where
    S::Filter: HttpFilter<S::Plugin>,
{
    answer(streams, grpc_owner(call, GrpcEvent::Message), |filter, http| {
        let message = GrpcMessage::new(size, http.callback);
        settled!(S, filter.on_grpc_receive(http, GrpcId(call), &message));
    })
}

/// `proxy_on_grpc_close`
#[inline(always)]
pub fn on_grpc_close<S: Streams>(streams: S, call: u32, status: u32) -> bool
where
    S::Filter: HttpFilter<S::Plugin>,
{
    answer(streams, grpc_owner(call, GrpcEvent::Close), |filter, http| {
        settled!(S, filter.on_grpc_close(http, GrpcId(call), status));
    })
}
