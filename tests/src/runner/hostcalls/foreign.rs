//! Envoy's foreign functions.

use super::super::abi::Status;
use super::super::protobuf;
use super::{Call, Fail, Outcome, Stopped, not_offered, zlib};

/// Envoy's functions that this runner does not offer.
const OTHERS: [&str; 6] =
    ["expr_create", "expr_evaluate", "expr_delete", "declare_property", "verify_signature", "sign"];

pub(super) fn call_foreign_function(
    call: &mut Call<'_, '_>,
    name: u32,
    name_size: u32,
    arguments: u32,
    arguments_size: u32,
    data_out: u32,
    size_out: u32,
) -> Outcome {
    let name = call.read(name, name_size)?;
    let arguments = call.read(arguments, arguments_size)?;
    let outcome = match &*String::from_utf8_lossy(&name) {
        "compress" => Ok(Some(zlib::compress(&arguments))),
        "uncompress" => zlib::uncompress(call, &arguments).map(Some),
        "set_envoy_filter_state" => set_envoy_filter_state(call, &arguments).map(|()| None),
        // Routes do not depend on headers here.
        "clear_route_cache" => Ok(None),
        name if OTHERS.contains(&name) => {
            return not_offered(format!("the foreign function {name}"));
        }
        _ => return Err(Status::NotFound.into()),
    };
    if let Err(Fail::Stop(_)) = outcome {
        return outcome.map(drop);
    }
    // Written whatever comes of it, unless the guest wants neither.
    let (data, size) = match &outcome {
        Ok(Some(result)) if data_out != 0 => (allocated(call, result)?, result.len() as u32),
        Ok(Some(result)) => (0, result.len() as u32),
        _ => (0, 0),
    };
    for (out, value) in [(data_out, data), (size_out, size)] {
        if out != 0 {
            call.write_u32(out, value)?;
        }
    }
    outcome.map(drop)
}

/// Where a result lies, which the guest has allocated, however small it is.
fn allocated(call: &mut Call<'_, '_>, result: &[u8]) -> Result<u32, Fail> {
    let data = call.allocate(result.len() as u32).unwrap_or_default();
    match call.write(data, result) {
        Ok(()) if data != 0 || result.is_empty() => Ok(data),
        Err(stop @ Fail::Stop(_)) => Err(stop),
        _ => Err(Stopped::CrashesEnvoy("no memory for the result of a foreign function").into()),
    }
}

/// Its argument is a message: 1 the name, 2 the value, 3 how long it lives.
fn set_envoy_filter_state(call: &mut Call<'_, '_>, arguments: &[u8]) -> Outcome {
    /// Names that Envoy knows: it makes of each what this runner does not.
    const OTHERS: [&str; 13] = [
        "envoy.filters.listener.original_dst.local_ip",
        "envoy.filters.listener.original_dst.remote_ip",
        "envoy.network.application_protocols",
        "envoy.network.ip",
        "envoy.network.transport_socket.original_dst_address",
        "envoy.network.upstream_server_name",
        "envoy.network.upstream_subject_alt_names",
        "envoy.ratelimit.hits_addend",
        "envoy.string",
        "envoy.tcp_proxy.disable_tunneling",
        "envoy.tcp_proxy.per_connection_idle_timeout_ms",
        "envoy.upstream.dynamic_host",
        "envoy.upstream.dynamic_port",
    ];
    let fields = protobuf::fields(arguments).ok_or(Status::BadArgument)?;
    let name = protobuf::bytes(&fields, 1).unwrap_or_default();
    if OTHERS.iter().any(|other| other.as_bytes() == name) {
        return not_offered(format!("the filter state {}", String::from_utf8_lossy(name)));
    }
    if name != b"envoy.tcp_proxy.cluster" {
        return Err(Status::NotFound.into());
    }
    let value = protobuf::bytes(&fields, 2).unwrap_or_default().to_owned();
    let info = call.host().info().ok_or(Status::NotFound)?;
    let set = info.borrow_mut().set(name.to_owned(), value);
    Ok(set?)
}
