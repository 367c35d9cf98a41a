//! The Proxy-Wasm functions that the host offers, in the order of Envoy.

mod buffers;
mod callouts;
mod fields;
mod foreign;
mod grpc;
mod logging;
mod properties;
mod queues;
mod shared;
mod stream;

use wasmtime::{Caller, Linker};

use super::abi::{AbiVersion, Status};
use super::guest::{Call, Fail, Stopped};
use super::host::Host;
use buffers::*;
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

/// Offers a function under its name.
macro_rules! offer {
    ($linker:ident, $($name:ident ( $($param:ident : $type:ty),* );)*) => {$(
        $linker.func_wrap(
            "env",
            concat!("proxy_", stringify!($name)),
            |mut caller: Caller<'_, Host> $(, $param: $type)*| -> wasmtime::Result<u32> {
                let name = concat!("proxy_", stringify!($name));
                let mut call = Call::enter(&mut caller, "env", name)?;
                if !call.may("proxy-wasm", name) {
                    return Ok(Status::InternalFailure as u32);
                }
                answer($name(&mut call $(, $param)*))
            },
        )?;
    )*};
}

fn answer(outcome: Outcome) -> wasmtime::Result<u32> {
    match outcome {
        Ok(()) => Ok(Status::Ok as u32),
        Err(Fail::Status(status)) => Ok(status as u32),
        Err(Fail::Stop(stopped)) => Err(stopped.into()),
    }
}

pub(crate) fn offer(linker: &mut Linker<Host>, abi: AbiVersion) -> wasmtime::Result<()> {
    offer! { linker,
        log(level: u32, data: u32, size: u32);
        get_status(code_out: u32, data_out: u32, size_out: u32);
        set_property(path: u32, path_size: u32, value: u32, value_size: u32);
        get_property(path: u32, path_size: u32, data_out: u32, size_out: u32);
        send_local_response(
            status: u32, details: u32, details_size: u32, body: u32, body_size: u32,
            headers: u32, headers_size: u32, grpc_status: u32
        );
        get_shared_data(key: u32, key_size: u32, data_out: u32, size_out: u32, cas_out: u32);
        set_shared_data(key: u32, key_size: u32, value: u32, value_size: u32, cas: u32);
        register_shared_queue(name: u32, name_size: u32, id_out: u32);
        resolve_shared_queue(vm: u32, vm_size: u32, name: u32, name_size: u32, id_out: u32);
        dequeue_shared_queue(id: u32, data_out: u32, size_out: u32);
        enqueue_shared_queue(id: u32, value: u32, value_size: u32);
        get_header_map_value(map: u32, name: u32, name_size: u32, data_out: u32, size_out: u32);
        add_header_map_value(map: u32, name: u32, name_size: u32, value: u32, value_size: u32);
        replace_header_map_value(map: u32, name: u32, name_size: u32, value: u32, value_size: u32);
        remove_header_map_value(map: u32, name: u32, name_size: u32);
        get_header_map_pairs(map: u32, data_out: u32, size_out: u32);
        set_header_map_pairs(map: u32, data: u32, size: u32);
        get_header_map_size(map: u32, size_out: u32);
        get_buffer_status(buffer: u32, size_out: u32, flags_out: u32);
        get_buffer_bytes(buffer: u32, start: u32, length: u32, data_out: u32, size_out: u32);
        set_buffer_bytes(buffer: u32, start: u32, length: u32, value: u32, value_size: u32);
        http_call(
            cluster: u32, cluster_size: u32, headers: u32, headers_size: u32, body: u32,
            body_size: u32, trailers: u32, trailers_size: u32, timeout: u32, id_out: u32
        );
        grpc_call(
            service: u32, service_size: u32, name: u32, name_size: u32, method: u32,
            method_size: u32, metadata: u32, metadata_size: u32, message: u32, message_size: u32,
            timeout: u32, id_out: u32
        );
        grpc_stream(
            service: u32, service_size: u32, name: u32, name_size: u32, method: u32,
            method_size: u32, metadata: u32, metadata_size: u32, id_out: u32
        );
        grpc_close(id: u32);
        grpc_cancel(id: u32);
        grpc_send(id: u32, message: u32, message_size: u32, end: u32);
        set_tick_period_milliseconds(period: u32);
        get_current_time_nanoseconds(time_out: u32);
        define_metric(metric_type: u32, name: u32, name_size: u32, id_out: u32);
        increment_metric(id: u32, offset: i64);
        record_metric(id: u32, value: u64);
        get_metric(id: u32, value_out: u32);
        set_effective_context(context_id: u32);
        done();
        call_foreign_function(
            name: u32, name_size: u32, arguments: u32, arguments_size: u32, data_out: u32,
            size_out: u32
        );
    }
    match abi {
        AbiVersion::V0_1_0 => {
            offer! { linker,
                get_configuration(data_out: u32, size_out: u32);
                continue_request();
                continue_response();
                clear_route_cache();
            }
        }
        AbiVersion::V0_2_0 => {
            offer! { linker,
                continue_stream(stream_type: u32);
                close_stream(stream_type: u32);
            }
        }
        AbiVersion::V0_2_1 => {
            offer! { linker,
                continue_stream(stream_type: u32);
                close_stream(stream_type: u32);
                get_log_level(level_out: u32);
            }
        }
    }
    linker.func_wrap(
        "env",
        "pthread_equal",
        |mut caller: Caller<'_, Host>, left: u32, right: u32| -> wasmtime::Result<u32> {
            Call::enter(&mut caller, "env", "pthread_equal")?;
            Ok(u32::from(left == right))
        },
    )?;
    linker.func_wrap(
        "env",
        "emscripten_notify_memory_growth",
        |mut caller: Caller<'_, Host>, _: u32| -> wasmtime::Result<()> {
            Call::enter(&mut caller, "env", "emscripten_notify_memory_growth").map(drop)
        },
    )?;
    linker.func_wrap(
        "env",
        "envoy_resolve_dns",
        |mut caller: Caller<'_, Host>, _: u32, _: u32, _: u32| -> wasmtime::Result<u32> {
            Call::enter(&mut caller, "env", "envoy_resolve_dns")?;
            Err(Stopped::NotOffered("envoy_resolve_dns".to_owned()).into())
        },
    )?;
    Ok(())
}

fn not_offered(what: impl Into<String>) -> Outcome {
    Err(Fail::Stop(Stopped::NotOffered(what.into())))
}
