//! The bodies of level 1's exports: what a host's call becomes.
//!
//! Values are `'static`, so that they carry no map of an outer callback into a nested one, whose end
//! takes back what such a map would receive there.

pub mod http;
pub mod plugin;
pub mod stream;

/// What streams of one kind share with those of the other: everything but their own callbacks.
///
/// `handle` is the handle of their callbacks, `filter` the trait. A callback in `actions` answers the
/// host with an action; after an error, `failure` becomes of the stream. One in `notices` tells the host
/// nothing. After an error in a callout's answer, `answer` becomes of the stream, and what waited is
/// `waiting`.
macro_rules! exports {
    (
        handle: $Handle:ident, filter: $Filter:ident, answer: $answer:ident, waiting: $waiting:ident;
        actions { $($action:ident($($a:ident: $A:ty = $a_value:expr),*), $failure:ident;)* }
        notices { $($notice:ident($($n:ident: $N:ty = $n_value:expr),*);)* }
    ) => {
        use crate::callout::{AnswersGrpcCalls, AnswersHttpCalls, GrpcEvent, GrpcId, GrpcMessage};
        use crate::callout::{HttpCallResponse, Owner, grpc_owner, http_call_owner};
        use crate::log::CallbackName;
        use crate::map::Map;
        use crate::outcome::{Failure, LastOutcome, Outcome, StreamType};
        use crate::state::{Streams, enter};

        /// Runs a callback of a stream; `None` if its values cannot be had.
        #[inline(always)]
        fn about<S: Streams, R>(
            streams: S,
            context_id: u32,
            run: impl FnOnce(&mut S::Filter, &$Handle<'_, S::Plugin>) -> R,
        ) -> Option<R> {
            enter(streams, context_id, |filter, context, plugin| {
                run(filter, &$Handle::new(context, plugin))
            })
        }

        $(
            #[doc = concat!("`proxy_", stringify!($action), "`")]
            #[inline(always)]
            pub fn $action<S: Streams>(streams: S, context_id: u32 $(, $a: $A)*) -> u32
            where
                S::Filter: $Filter<S::Plugin>,
            {
                let failure = Failure::$failure.unless_passed(S::Filter::ON_ERROR);
                let outcome = |values: Option<(&mut S::Filter, &$Handle<'_, S::Plugin>)>| {
                    Outcome::of(values.map(|(filter, stream)| filter.$action(stream $(, $a_value)*)))
                };
                about(streams, context_id, |filter, stream| outcome(Some((filter, stream))))
                    .unwrap_or_else(|| outcome(None))
                    .unwrap_or_else(|status| {
                        failure.settle(const { CallbackName::new(stringify!($action)) }, status)
                    }) as u32
            }
        )*

        $(
            #[doc = concat!("`proxy_", stringify!($notice), "`")]
            #[inline(always)]
            pub fn $notice<S: Streams>(streams: S, context_id: u32 $(, $n: $N)*)
            where
                S::Filter: $Filter<S::Plugin>,
            {
                about(streams, context_id, |filter, stream| {
                    filter.$notice(stream $(, $n_value)*).settle(const { CallbackName::new(stringify!($notice)) });
                });
            }
        )*

        /// `proxy_on_done`
        #[inline(always)]
        pub fn on_done<S: Streams>(streams: S, context_id: u32) -> u32
        where
            S::Filter: $Filter<S::Plugin>,
        {
            about(streams, context_id, |filter, stream| filter.on_done(stream)).unwrap_or(true).into()
        }

        /// `proxy_on_delete`
        #[inline(always)]
        pub fn on_delete<S: Streams>(streams: S, context_id: u32)
        where
            S::Filter: $Filter<S::Plugin>,
        {
            about(streams, context_id, |filter, stream| filter.on_delete(stream));
        }

        /// Runs a callback about a callout of a stream; false if it is none of a stream's.
        #[inline(always)]
        fn answer<S: Streams>(
            streams: S,
            owner: Owner,
            run: impl FnOnce(&mut S::Filter, &$Handle<'_, S::Plugin>),
        ) -> bool {
            match owner {
                // Of a stream that is deleted there is no value any more, and none is made.
                Owner::Stream(context_id) if streams.knows(context_id) => {
                    about(streams, context_id, run);
                    true
                }
                Owner::Stream(_) | Owner::Gone => true,
                Owner::Plugin => false,
            }
        }

        /// What becomes of a stream after an error in an answer that it may have waited for.
        #[inline(always)]
        fn settle<S: Streams>(outcome: impl LastOutcome, callback: CallbackName)
        where
            S::Filter: $Filter<S::Plugin>,
        {
            let failure = Failure::$answer.unless_passed(S::Filter::ON_ERROR);
            outcome.settle_answer(callback, failure, StreamType::$waiting);
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
            S::Filter: $Filter<S::Plugin> + AnswersHttpCalls,
        {
            let owner = http_call_owner::<S::Filter>(call);
            answer(streams, owner, |filter, stream| {
                let response = HttpCallResponse::new(call, num_headers, body_size, stream.callback);
                settle::<S>(filter.on_http_call_response(stream, &response), const { CallbackName::new("on_http_call_response") });
            })
        }

        /// `proxy_on_grpc_receive_initial_metadata`
        #[inline(always)]
        pub fn on_grpc_receive_initial_metadata<S: Streams>(streams: S, call: u32) -> bool
        where
            S::Filter: $Filter<S::Plugin> + AnswersGrpcCalls,
        {
            let owner = grpc_owner::<S::Filter>(call, GrpcEvent::Metadata);
            answer(streams, owner, |filter, stream| {
                let metadata = Map::new(Map::GRPC_CALL_INITIAL_METADATA, stream.callback);
                settle::<S>(filter.on_grpc_receive_initial_metadata(stream, GrpcId(call), metadata), const { CallbackName::new("on_grpc_receive_initial_metadata") });
            })
        }

        /// `proxy_on_grpc_receive`
        #[inline(always)]
        pub fn on_grpc_receive<S: Streams>(streams: S, call: u32, size: usize) -> bool
        where
            S::Filter: $Filter<S::Plugin> + AnswersGrpcCalls,
        {
            let owner = grpc_owner::<S::Filter>(call, GrpcEvent::Message);
            answer(streams, owner, |filter, stream| {
                let message = GrpcMessage::new(size, stream.callback);
                settle::<S>(filter.on_grpc_receive(stream, GrpcId(call), &message), const { CallbackName::new("on_grpc_receive") });
            })
        }

        /// `proxy_on_grpc_receive_trailing_metadata`
        #[inline(always)]
        pub fn on_grpc_receive_trailing_metadata<S: Streams>(streams: S, call: u32) -> bool
        where
            S::Filter: $Filter<S::Plugin> + AnswersGrpcCalls,
        {
            let owner = grpc_owner::<S::Filter>(call, GrpcEvent::Metadata);
            answer(streams, owner, |filter, stream| {
                let metadata = Map::new(Map::GRPC_CALL_TRAILING_METADATA, stream.callback);
                settle::<S>(filter.on_grpc_receive_trailing_metadata(stream, GrpcId(call), metadata), const { CallbackName::new("on_grpc_receive_trailing_metadata") });
            })
        }

        /// `proxy_on_grpc_close`
        #[inline(always)]
        pub fn on_grpc_close<S: Streams>(streams: S, call: u32, status: u32) -> bool
        where
            S::Filter: $Filter<S::Plugin> + AnswersGrpcCalls,
        {
            let owner = grpc_owner::<S::Filter>(call, GrpcEvent::Close);
            answer(streams, owner, |filter, stream| {
                settle::<S>(filter.on_grpc_close(stream, GrpcId(call), status), const { CallbackName::new("on_grpc_close") });
            })
        }
    };
}
use exports;
