//! The Proxy-Wasm functions that the host offers, in the order of Envoy.

mod buffers;
mod call;
mod callouts;
mod fields;
mod foreign;
mod grpc;
mod logging;
mod properties;
mod queues;
mod shared;
mod stream;
mod zlib;

use wasmtime::{Caller, Linker};

use super::abi::{AbiVersion, Status};
use super::host::Host;
use super::shape::{Shape, Word, shape, word};
use super::trap::{Fail, Stopped};
use buffers::*;
use call::LEFT_TO_DO;
pub(crate) use call::{BUDGET, Call};
use callouts::*;
use fields::*;
use foreign::*;
use grpc::*;
use logging::*;
use properties::*;
use queues::*;
use shared::*;
use stream::*;

type Outcome = Result<(), Fail>;

/// The module that functions of the host belong to.
pub(crate) const ENV: &str = "env";

fn answer(outcome: Outcome) -> Result<u32, Stopped> {
    match outcome {
        Ok(()) => Ok(Status::Ok as u32),
        Err(Fail::Status(status)) => Ok(status as u32),
        Err(Fail::Stop(stopped)) => Err(stopped),
    }
}

/// Declares functions by their shapes: their names, and what offers them.
macro_rules! hostcalls {
    ($($names:ident $offer:ident {
        $($name:ident ( $($param:ident : $kind:ident),* $(,)? );)*
    })*) => {$(
        const $names: &[&str] = &[$(concat!("proxy_", stringify!($name))),*];

        fn $offer(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
            $({
                const SHAPE: &Shape =
                    &shape!(concat!("proxy_", stringify!($name)), ($($param: $kind),*) -> Status);
                linker.func_wrap(
                    ENV,
                    SHAPE.name,
                    |mut caller: Caller<'_, Host> $(, $param: word!($kind))*| {
                        Call::run(&mut caller, ENV, SHAPE, &[$(Word::word($param)),*], |call| {
                            answer($name(call $(, $param)*))
                        })
                    },
                )?;
            })*
            Ok(())
        }
    )*};
}

hostcalls! {
    COMMON offer_common {
        log(log_level: Level, message: Bytes, message_size: Size);
        get_status(status_code: NumberOut, message: BytesOut, message_size: Size);
        set_property(path: Path, path_size: Size, value: Bytes, value_size: Size);
        get_property(path: Path, path_size: Size, value: BytesOut, value_size: Size);
        send_local_response(
            status_code: Number, details: Bytes, details_size: Size, body: Bytes, body_size: Size,
            headers: Pairs, headers_size: Size, grpc_status: GrpcStatus
        );
        get_shared_data(
            key: Bytes, key_size: Size, value: BytesOut, value_size: Size, cas: NumberOut
        );
        set_shared_data(key: Bytes, key_size: Size, value: Bytes, value_size: Size, cas: Number);
        register_shared_queue(name: Bytes, name_size: Size, queue_id: NumberOut);
        resolve_shared_queue(
            vm_id: Bytes, vm_id_size: Size, name: Bytes, name_size: Size, queue_id: NumberOut
        );
        dequeue_shared_queue(queue_id: Number, value: BytesOut, value_size: Size);
        enqueue_shared_queue(queue_id: Number, value: Bytes, value_size: Size);
        get_header_map_value(
            map_id: Map, key: Bytes, key_size: Size, value: BytesOut, value_size: Size
        );
        add_header_map_value(
            map_id: Map, key: Bytes, key_size: Size, value: Bytes, value_size: Size
        );
        replace_header_map_value(
            map_id: Map, key: Bytes, key_size: Size, value: Bytes, value_size: Size
        );
        remove_header_map_value(map_id: Map, key: Bytes, key_size: Size);
        get_header_map_pairs(map_id: Map, pairs: PairsOut, pairs_size: Size);
        set_header_map_pairs(map_id: Map, pairs: Pairs, pairs_size: Size);
        get_header_map_size(map_id: Map, size: NumberOut);
        get_buffer_status(buffer_id: Buffer, size: NumberOut, unused: NumberOut);
        get_buffer_bytes(
            buffer_id: Buffer, start: Number, max_size: Number, value: BytesOut, value_size: Size
        );
        set_buffer_bytes(
            buffer_id: Buffer, start: Number, size: Number, value: Bytes, value_size: Size
        );
        http_call(
            upstream_name: Bytes, upstream_name_size: Size, headers: Pairs, headers_size: Size,
            body: Bytes, body_size: Size, trailers: Pairs, trailers_size: Size, timeout: Number,
            call_id: NumberOut
        );
        grpc_call(
            upstream_name: Target, upstream_name_size: Size, service_name: Bytes,
            service_name_size: Size, method_name: Bytes, method_name_size: Size,
            initial_metadata: Pairs, initial_metadata_size: Size, message: Bytes,
            message_size: Size, timeout: Number, call_id: NumberOut
        );
        grpc_stream(
            upstream_name: Target, upstream_name_size: Size, service_name: Bytes,
            service_name_size: Size, method_name: Bytes, method_name_size: Size,
            initial_metadata: Pairs, initial_metadata_size: Size, stream_id: NumberOut
        );
        grpc_close(call_or_stream_id: Number);
        grpc_cancel(call_or_stream_id: Number);
        grpc_send(stream_id: Number, message: Bytes, message_size: Size, end_stream: Bool);
        set_tick_period_milliseconds(tick_period: Number);
        get_current_time_nanoseconds(time: WideOut);
        define_metric(metric_type: Metric, name: Bytes, name_size: Size, metric_id: NumberOut);
        increment_metric(metric_id: Number, offset: SignedWide);
        record_metric(metric_id: Number, value: Wide);
        get_metric(metric_id: Number, value: WideOut);
        set_effective_context(context_id: Number);
        done();
        call_foreign_function(
            name: Bytes, name_size: Size, arguments: Bytes, arguments_size: Size,
            results: OptionalOut, results_size: Size
        );
    }
    V0_1_0 offer_0_1_0 {
        get_configuration(configuration: BytesOut, configuration_size: Size);
        continue_request();
        continue_response();
        clear_route_cache();
    }
    V0_2 offer_0_2 {
        continue_stream(stream_type: Stream);
        close_stream(stream_type: Stream);
    }
    V0_2_1 offer_0_2_1 {
        get_log_level(log_level: LevelOut);
    }
}

/// Functions of any version that answer with a status.
pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
    [COMMON, V0_1_0, V0_2, V0_2_1].into_iter().flatten().copied()
}

pub(crate) fn offer(linker: &mut Linker<Host>, abi: AbiVersion) -> wasmtime::Result<()> {
    offer_common(linker)?;
    match abi {
        AbiVersion::V0_1_0 => offer_0_1_0(linker)?,
        AbiVersion::V0_2_0 => offer_0_2(linker)?,
        AbiVersion::V0_2_1 => {
            offer_0_2(linker)?;
            offer_0_2_1(linker)?;
        }
    }
    offer_others(linker)
}

/// What Envoy offers beside the spec.
fn offer_others(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    const EQUAL: &Shape = &shape!("pthread_equal", (left: Number, right: Number) -> Bool);
    linker.func_wrap(ENV, EQUAL.name, |mut caller: Caller<'_, Host>, left: u32, right: u32| {
        let words = [left.word(), right.word()];
        Call::run(&mut caller, ENV, EQUAL, &words, |_| Ok(u32::from(left == right)))
    })?;
    const GROWTH: &Shape = &shape!("emscripten_notify_memory_growth", (memory: Number));
    linker.func_wrap(ENV, GROWTH.name, |mut caller: Caller<'_, Host>, memory: u32| {
        Call::run(&mut caller, ENV, GROWTH, &[memory.word()], |_| Ok(0)).map(drop)
    })?;
    const RESOLVE: &Shape = &shape!(
        "envoy_resolve_dns",
        (address: Bytes, address_size: Size, token: NumberOut) -> Status
    );
    linker.func_wrap(
        ENV,
        RESOLVE.name,
        |mut caller: Caller<'_, Host>, address: u32, size: u32, token: u32| {
            let words = [address.word(), size.word(), token.word()];
            Call::run(&mut caller, ENV, RESOLVE, &words, |_| answer(not_offered(RESOLVE.name)))
        },
    )?;
    Ok(())
}

fn not_offered(what: impl Into<String>) -> Outcome {
    Err(Fail::Stop(Stopped::NotOffered(what.into())))
}
