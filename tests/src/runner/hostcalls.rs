//! The Proxy-Wasm functions that the host offers, in the order of the spec.

use std::time::{SystemTime, UNIX_EPOCH};

use wasmtime::{Caller, Linker};

use super::abi::{AbiVersion, Status};
use super::guest::{Call, Fail, Stopped};
use super::headers::Headers;
use super::host::{Deferred, Host, LocalReply, LogLevel, LogLine};
use super::pairs;

type Outcome = Result<(), Fail>;

/// Offers a function under its name.
macro_rules! offer {
    ($linker:ident, $($name:ident ( $($param:ident : $type:ty),* );)*) => {$(
        $linker.func_wrap(
            "env",
            concat!("proxy_", stringify!($name)),
            |mut caller: Caller<'_, Host> $(, $param: $type)*| -> wasmtime::Result<u32> {
                let mut call = Call::enter(&mut caller, "env", concat!("proxy_", stringify!($name)))?;
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
    linker.func_wrap("env", "pthread_equal", |left: u32, right: u32| u32::from(left == right))?;
    linker.func_wrap("env", "emscripten_notify_memory_growth", |_: u32| ())?;
    linker.func_wrap(
        "env",
        "envoy_resolve_dns",
        |_: u32, _: u32, _: u32| -> wasmtime::Result<u32> {
            Err(Stopped::NotOffered("envoy_resolve_dns".to_owned()).into())
        },
    )?;
    Ok(())
}

fn not_offered(what: impl Into<String>) -> Outcome {
    Err(Fail::Stop(Stopped::NotOffered(what.into())))
}

// Logging

fn log(call: &mut Call<'_, '_>, level: u32, data: u32, size: u32) -> Outcome {
    let level = LogLevel::from_number(level).ok_or(Status::BadArgument)?;
    let message = String::from_utf8_lossy(&call.read(data, size)?).into_owned();
    let host = call.host();
    let context_id = host.context_id();
    host.log.push(LogLine { context_id, level, message });
    Ok(())
}

/// Envoy's own level; it runs with `info` unless told otherwise.
fn get_log_level(call: &mut Call<'_, '_>, level_out: u32) -> Outcome {
    Ok(call.write_u32(level_out, LogLevel::Info as u32)?)
}

fn get_status(call: &mut Call<'_, '_>, code_out: u32, data_out: u32, size_out: u32) -> Outcome {
    call.write_u32(code_out, 0)?;
    Ok(call.give(b"", data_out, size_out)?)
}

// Properties

fn set_property(
    call: &mut Call<'_, '_>,
    path: u32,
    path_size: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let (path, value) = (call.read(path, path_size)?, call.read(value, value_size)?);
    let stream = call.host().stream().ok_or(Status::NotFound)?;
    stream.properties.insert(path, value);
    Ok(())
}

fn get_property(
    call: &mut Call<'_, '_>,
    path: u32,
    path_size: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    /// What Envoy knows and this runner does not.
    const ENVOYS: [&str; 20] = [
        "metadata",
        "request",
        "response",
        "connection",
        "upstream",
        "node",
        "source",
        "destination",
        "listener_direction",
        "listener_metadata",
        "cluster_name",
        "cluster_metadata",
        "route_name",
        "route_metadata",
        "upstream_host_metadata",
        "connection_id",
        "filter_state",
        "upstream_filter_state",
        "xds",
        "upstream_cluster_name",
    ];
    let path = call.read(path, path_size)?;
    let host = call.host();
    let setup = host.setup.clone();
    let own = host.stream().and_then(|stream| stream.properties.get(&path).cloned());
    // A trailing NUL ends the last segment; it does not begin another.
    let value = match path.strip_suffix(b"\0").unwrap_or(&path) {
        b"plugin_name" => setup.plugin_name.clone().into_bytes(),
        b"plugin_root_id" => setup.root_id.clone().into_bytes(),
        b"plugin_vm_id" => setup.vm_id.clone().into_bytes(),
        path => match own {
            Some(value) => value,
            None => {
                let first = path.split(|byte| *byte == 0).next().unwrap_or_default();
                if ENVOYS.iter().any(|name| name.as_bytes() == first) {
                    let path = String::from_utf8_lossy(path).replace('\0', ".");
                    return not_offered(format!("the property {path}"));
                }
                return Err(Status::NotFound.into());
            }
        },
    };
    Ok(call.give(&value, data_out, size_out)?)
}

// Common stream operations

fn continue_stream(call: &mut Call<'_, '_>, stream_type: u32) -> Outcome {
    match stream_type {
        0 => continue_request(call),
        1 => continue_response(call),
        // There are no TCP streams here, and Envoy continues none.
        _ => Err(Status::BadArgument.into()),
    }
}

fn continue_request(call: &mut Call<'_, '_>) -> Outcome {
    resume(call, |context_id| Deferred::ContinueRequest { context_id })
}

fn continue_response(call: &mut Call<'_, '_>) -> Outcome {
    resume(call, |context_id| Deferred::ContinueResponse { context_id })
}

fn resume(call: &mut Call<'_, '_>, deferred: impl FnOnce(u32) -> Deferred) -> Outcome {
    let host = call.host();
    let context_id = host.context_id();
    if let Some(stream) = host.stream() {
        // Envoy gives the request up, whichever side goes on; what it holds still flows.
        stream.request.available = false;
        host.deferred.push_back(deferred(context_id));
    }
    Ok(())
}

fn close_stream(call: &mut Call<'_, '_>, stream_type: u32) -> Outcome {
    if stream_type > 3 {
        return Err(Status::BadArgument.into());
    }
    let host = call.host();
    let context_id = host.context_id();
    if stream_type < 2 && host.stream().is_some() {
        host.deferred.push_back(Deferred::Close { context_id });
    }
    Ok(())
}

fn clear_route_cache(_: &mut Call<'_, '_>) -> Outcome {
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn send_local_response(
    call: &mut Call<'_, '_>,
    status: u32,
    details: u32,
    details_size: u32,
    body: u32,
    body_size: u32,
    headers: u32,
    headers_size: u32,
    _grpc_status: u32,
) -> Outcome {
    call.read(details, details_size)?;
    let body = call.read(body, body_size)?;
    let headers = pairs::parse(&call.read(headers, headers_size)?);
    let host = call.host();
    let context_id = host.context_id();
    if host.stream().is_some() {
        let reply = LocalReply { status, headers, body };
        host.deferred.push_back(Deferred::Reply { context_id, reply });
    }
    host.stop_iteration = true;
    Ok(())
}

// HTTP fields

const REQUEST_HEADERS: u32 = 0;
const RESPONSE_HEADERS: u32 = 2;
const LAST_MAP: u32 = 7;

/// The map, if it can be changed now.
fn map<'a>(call: &'a mut Call<'_, '_>, map: u32) -> Result<&'a mut Headers, Status> {
    let stream = call.host().stream().ok_or(Status::BadArgument)?;
    let side = match map {
        REQUEST_HEADERS => &mut stream.request,
        RESPONSE_HEADERS => &mut stream.response,
        _ => return Err(Status::BadArgument),
    };
    if side.available {
        side.headers.as_mut().ok_or(Status::BadArgument)
    } else {
        Err(Status::BadArgument)
    }
}

/// The map, if it can be read now.
fn readable_map(call: &mut Call<'_, '_>, id: u32) -> Result<Headers, Status> {
    if let Some(stream) = call.host().stream()
        && let Some((request, response)) = &stream.logged
    {
        match id {
            REQUEST_HEADERS => return Ok(request.clone()),
            RESPONSE_HEADERS => return Ok(response.clone()),
            _ => {}
        }
    }
    map(call, id).cloned()
}

fn get_header_map_value(
    call: &mut Call<'_, '_>,
    map: u32,
    name: u32,
    name_size: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    if map > LAST_MAP {
        return Err(Status::BadArgument.into());
    }
    let name = call.read(name, name_size)?;
    let headers = readable_map(call, map)?;
    let value = match headers.get(name) {
        Some(value) => value,
        None if call.host().abi == AbiVersion::V0_1_0 => b"",
        None => return Err(Status::NotFound.into()),
    };
    Ok(call.give(value, data_out, size_out)?)
}

fn add_header_map_value(
    call: &mut Call<'_, '_>,
    map_id: u32,
    name: u32,
    name_size: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let (name, value) = (call.read(name, name_size)?, call.read(value, value_size)?);
    map(call, map_id)?.add(name, value);
    Ok(())
}

fn replace_header_map_value(
    call: &mut Call<'_, '_>,
    map_id: u32,
    name: u32,
    name_size: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    let (name, value) = (call.read(name, name_size)?, call.read(value, value_size)?);
    map(call, map_id)?.replace(name, value);
    Ok(())
}

fn remove_header_map_value(
    call: &mut Call<'_, '_>,
    map_id: u32,
    name: u32,
    name_size: u32,
) -> Outcome {
    let name = call.read(name, name_size)?;
    map(call, map_id)?.remove(name);
    Ok(())
}

/// A map that is not available is an empty one here.
fn get_header_map_pairs(
    call: &mut Call<'_, '_>,
    map: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    if map > LAST_MAP {
        return Err(Status::BadArgument.into());
    }
    let headers = readable_map(call, map).unwrap_or_default();
    Ok(call.give(&pairs::serialize(&headers), data_out, size_out)?)
}

fn set_header_map_pairs(call: &mut Call<'_, '_>, map_id: u32, data: u32, size: u32) -> Outcome {
    let headers = pairs::parse(&call.read(data, size)?);
    *map(call, map_id)? = headers;
    Ok(())
}

fn get_header_map_size(call: &mut Call<'_, '_>, map_id: u32, size_out: u32) -> Outcome {
    let size = map(call, map_id)?.byte_size();
    Ok(call.write_u32(size_out, size as u32)?)
}

// Buffers

const REQUEST_BODY: u32 = 0;
const RESPONSE_BODY: u32 = 1;

/// A buffer that can be read now. A body that is not available is empty; other buffers are not there.
fn readable_buffer(call: &mut Call<'_, '_>, buffer: u32) -> Result<Vec<u8>, Status> {
    const VM_CONFIGURATION: u32 = 6;
    const PLUGIN_CONFIGURATION: u32 = 7;
    const CALL_DATA: u32 = 8;
    let host = call.host();
    match buffer {
        REQUEST_BODY | RESPONSE_BODY => Ok(body(call, buffer).cloned().unwrap_or_default()),
        VM_CONFIGURATION => Ok(host.setup.vm_configuration.clone()),
        PLUGIN_CONFIGURATION if host.configuring => Ok(host.setup.plugin_configuration.clone()),
        // TCP and gRPC data, of which there is none.
        2 | 3 | 5 | CALL_DATA => Ok(Vec::new()),
        4 | PLUGIN_CONFIGURATION => Err(Status::NotFound),
        _ => Err(Status::BadArgument),
    }
}

fn body<'a>(call: &'a mut Call<'_, '_>, buffer: u32) -> Option<&'a mut Vec<u8>> {
    let stream = call.host().stream()?;
    match buffer {
        REQUEST_BODY => stream.request.body.as_mut(),
        RESPONSE_BODY => stream.response.body.as_mut(),
        _ => None,
    }
}

fn get_configuration(call: &mut Call<'_, '_>, data_out: u32, size_out: u32) -> Outcome {
    let host = call.host();
    let configuration = if host.configuring {
        host.setup.plugin_configuration.clone()
    } else {
        host.setup.vm_configuration.clone()
    };
    Ok(call.give(&configuration, data_out, size_out)?)
}

fn get_buffer_status(
    call: &mut Call<'_, '_>,
    buffer: u32,
    size_out: u32,
    flags_out: u32,
) -> Outcome {
    let size = readable_buffer(call, buffer)?.len();
    call.write_u32(size_out, size as u32)?;
    Ok(call.write_u32(flags_out, 0)?)
}

fn get_buffer_bytes(
    call: &mut Call<'_, '_>,
    buffer: u32,
    start: u32,
    length: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    let bytes = readable_buffer(call, buffer)?;
    // The sum of two u32 does not overflow Envoy's 64 bits.
    let end = (start as usize + length as usize).min(bytes.len());
    let bytes = bytes.get(start as usize..end).unwrap_or_default();
    Ok(call.give(bytes, data_out, size_out)?)
}

fn set_buffer_bytes(
    call: &mut Call<'_, '_>,
    buffer: u32,
    start: u32,
    length: u32,
    value: u32,
    value_size: u32,
) -> Outcome {
    readable_buffer(call, buffer)?;
    let value = call.read(value, value_size)?;
    let bytes = body(call, buffer).ok_or(Status::BadArgument)?;
    if start == 0 {
        bytes.splice(..(length as usize).min(bytes.len()), value);
    } else if start as usize >= bytes.len() {
        bytes.extend(value);
    } else {
        return Err(Status::BadArgument.into());
    }
    Ok(())
}

// Clocks and timers

fn get_current_time_nanoseconds(call: &mut Call<'_, '_>, time_out: u32) -> Outcome {
    Ok(call.write_u64(time_out, now())?)
}

pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64
}

/// No tick ever comes: the runner has no clock that moves on by itself.
fn set_tick_period_milliseconds(_: &mut Call<'_, '_>, _period: u32) -> Outcome {
    Ok(())
}

// Callouts: there is no cluster, which Envoy answers with BadArgument.

#[allow(clippy::too_many_arguments)]
fn http_call(
    call: &mut Call<'_, '_>,
    cluster: u32,
    cluster_size: u32,
    headers: u32,
    headers_size: u32,
    body: u32,
    body_size: u32,
    trailers: u32,
    trailers_size: u32,
    _timeout: u32,
    id_out: u32,
) -> Outcome {
    for (data, size) in [
        (cluster, cluster_size),
        (headers, headers_size),
        (body, body_size),
        (trailers, trailers_size),
    ] {
        call.read(data, size)?;
    }
    call.write_u32(id_out, 0)?;
    Err(Status::BadArgument.into())
}

/// Functions without an answer that Envoy would give.
macro_rules! not_offered {
    ($($name:ident ( $($param:ident),* );)*) => {$(
        #[allow(clippy::too_many_arguments)]
        fn $name(_: &mut Call<'_, '_> $(, $param: u32)*) -> Outcome {
            $(let _ = $param;)*
            not_offered(concat!("proxy_", stringify!($name)))
        }
    )*};
}

not_offered! {
    register_shared_queue(name, name_size, id_out);
    resolve_shared_queue(vm, vm_size, name, name_size, id_out);
    dequeue_shared_queue(id, data_out, size_out);
    enqueue_shared_queue(id, value, value_size);
    grpc_call(a, b, c, d, e, f, g, h, i, j, k, l);
    grpc_stream(a, b, c, d, e, f, g, h, i);
    grpc_close(id);
    grpc_cancel(id);
    grpc_send(id, message, message_size, end);
}

// Shared data

fn get_shared_data(
    call: &mut Call<'_, '_>,
    key: u32,
    key_size: u32,
    data_out: u32,
    size_out: u32,
    cas_out: u32,
) -> Outcome {
    let key = call.read(key, key_size)?;
    let (value, cas) = call.host().shared_data.get(&key).cloned().ok_or(Status::NotFound)?;
    call.give(&value, data_out, size_out)?;
    Ok(call.write_u32(cas_out, cas)?)
}

/// A `cas` of 0 always wins, and one for a key that is absent is not compared.
fn set_shared_data(
    call: &mut Call<'_, '_>,
    key: u32,
    key_size: u32,
    value: u32,
    value_size: u32,
    cas: u32,
) -> Outcome {
    let (key, value) = (call.read(key, key_size)?, call.read(value, value_size)?);
    let host = call.host();
    if let Some((_, current)) = host.shared_data.get(&key)
        && cas != 0
        && cas != *current
    {
        return Err(Status::CasMismatch.into());
    }
    host.shared_data.insert(key, (value, host.next_cas));
    host.next_cas += 1;
    Ok(())
}

// Metrics

fn define_metric(
    call: &mut Call<'_, '_>,
    metric_type: u32,
    name: u32,
    name_size: u32,
    id_out: u32,
) -> Outcome {
    call.read(name, name_size)?;
    let id = call.host().metrics.define(metric_type).ok_or(Status::BadArgument)?;
    Ok(call.write_u32(id_out, id)?)
}

fn increment_metric(call: &mut Call<'_, '_>, id: u32, offset: i64) -> Outcome {
    match call.host().metrics.increment(id, offset) {
        Some(true) => Ok(()),
        Some(false) => Err(Status::BadArgument.into()),
        None => Err(Status::NotFound.into()),
    }
}

fn record_metric(call: &mut Call<'_, '_>, id: u32, value: u64) -> Outcome {
    Ok(call.host().metrics.record(id, value).ok_or(Status::NotFound)?)
}

fn get_metric(call: &mut Call<'_, '_>, id: u32, value_out: u32) -> Outcome {
    let value = call.host().metrics.get(id).ok_or(Status::NotFound)?;
    Ok(call.write_u64(value_out, value.ok_or(Status::BadArgument)?)?)
}

// Contexts

fn set_effective_context(call: &mut Call<'_, '_>, context_id: u32) -> Outcome {
    let host = call.host();
    if !host.contexts.contains_key(&context_id) {
        return Err(Status::BadArgument.into());
    }
    host.effective = context_id;
    Ok(())
}

/// No plugin context waits for it: the runner ends them with their VM.
fn done(_: &mut Call<'_, '_>) -> Outcome {
    Err(Status::NotFound.into())
}

// Foreign functions

fn call_foreign_function(
    call: &mut Call<'_, '_>,
    name: u32,
    name_size: u32,
    arguments: u32,
    arguments_size: u32,
    _data_out: u32,
    _size_out: u32,
) -> Outcome {
    /// Those of Envoy.
    const ENVOYS: [&str; 9] = [
        "compress",
        "uncompress",
        "expr_create",
        "expr_evaluate",
        "expr_delete",
        "declare_property",
        "set_envoy_filter_state",
        "clear_route_cache",
        "verify_signature",
    ];
    let name = call.read(name, name_size)?;
    call.read(arguments, arguments_size)?;
    let name = String::from_utf8_lossy(&name);
    if ENVOYS.contains(&&*name) {
        return not_offered(format!("the foreign function {name}"));
    }
    Err(Status::NotFound.into())
}
