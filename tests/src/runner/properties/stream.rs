//! `connection`, `source`, `destination` and `upstream`.

use super::super::info::Info;
use super::value::Value;

pub(super) fn connection(info: &Info, name: &[u8]) -> Option<Value> {
    match name {
        b"mtls" => Some(Value::Bool(false)),
        b"requested_server_name" => Some(Value::text("")),
        b"id" => Some(Value::number(info.connection_id)),
        // There is no TLS, and no connection fails.
        _ => None,
    }
}

pub(super) fn peer(address: &str, name: &[u8]) -> Option<Value> {
    match name {
        b"address" => Some(Value::text(address)),
        b"port" => Some(Value::number(port(address)?)),
        _ => None,
    }
}

pub(super) fn upstream(info: &Info, name: &[u8]) -> Option<Value> {
    let host = info.upstream.as_ref();
    match name {
        b"address" => host.map(|host| Value::text(host.address.as_str())),
        b"port" => host.and_then(|host| Some(Value::number(port(&host.address)?))),
        b"local_address" => host.map(|host| Value::text(host.local_address.as_str())),
        b"locality" => host.map(|_| Value::Empty),
        // Of a TCP connection Envoy knows so much before it connects.
        b"transport_failure_reason" => (host.is_some() || !info.http).then(|| Value::text("")),
        b"cx_pool_ready_duration" => host.map(|_| Value::number(0)),
        b"request_attempt_count" => Some(Value::number(u64::from(host.is_some()))),
        b"num_endpoints" => info.cluster.as_ref().map(|_| Value::number(1)),
        _ => None,
    }
}

fn port(address: &str) -> Option<u64> {
    address.rsplit_once(':')?.1.parse().ok()
}
