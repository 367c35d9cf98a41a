//! `request` and `response`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::super::context::Http;
use super::super::headers::Headers;
use super::super::info::Info;
use super::value::Value;

pub(super) fn request(info: &Info, http: Option<&Http>, name: &[u8], now: u64) -> Option<Value> {
    let messages = http.map(|http| (http.messages.borrow(), http.request.headers || http.logging));
    let headers = messages
        .as_ref()
        .filter(|(_, reachable)| *reachable)
        .and_then(|(messages, _)| messages.request.headers.as_ref());
    let header = |name: &str| Some(Value::text(headers?.get(name)?));
    let path = || headers.map(|headers| headers.get(":path").unwrap_or_default());
    let (before, query) = match path() {
        None => (None, None),
        Some(path) => match path.iter().position(|byte| *byte == b'?') {
            None => (Some(path), Some(&b""[..])),
            Some(at) => (Some(&path[..at]), Some(&path[at + 1..])),
        },
    };
    match name {
        b"headers" => Some(map(headers)),
        b"headers_bytes" => Some(size(headers)),
        b"time" => Some(Value::number(info.start)),
        b"size" => match headers.and_then(|headers| headers.get("content-length")) {
            None => Some(Value::number(info.bytes_received)),
            Some(length) => Some(Value::number(std::str::from_utf8(length).ok()?.parse().ok()?)),
        },
        b"total_size" => {
            let headers = headers.map_or(0, |headers| headers.size() as u64);
            Some(Value::number(info.bytes_received + headers))
        }
        b"duration" => {
            let logging = http.is_some_and(|http| http.logging);
            logging.then(|| Value::number(now.saturating_sub(info.start)))
        }
        b"protocol" => {
            info.http.then(|| Value::text(if info.http2 { "HTTP/2" } else { "HTTP/1.1" }))
        }
        b"path" => header(":path"),
        b"url_path" => before.map(Value::text),
        b"query" => query
            .map(|query| Value::text(query.split(|byte| *byte == b'#').next().unwrap_or_default())),
        b"host" => header(":authority"),
        b"scheme" => header(":scheme"),
        b"method" => header(":method"),
        b"referer" => header("referer"),
        b"id" => header("x-request-id"),
        b"useragent" => header("user-agent"),
        _ => None,
    }
}

pub(super) fn response(info: &Info, http: Option<&Http>, name: &[u8]) -> Option<Value> {
    let messages = http.map(|http| (http.messages.borrow(), http.response.headers || http.logging));
    let headers = messages
        .as_ref()
        .filter(|(_, reachable)| *reachable)
        .and_then(|(messages, _)| messages.response.headers.as_ref());
    let trailers = messages
        .as_ref()
        .filter(|_| http.is_some_and(|http| http.response.trailers || http.logging))
        .and_then(|(messages, _)| messages.response.trailers.as_ref());
    let bytes = |headers: Option<&Headers>| headers.map_or(0, |headers| headers.size() as u64);
    match name {
        b"code" => info.status.map(|status| Value::number(u64::from(status))),
        b"size" => Some(Value::number(info.bytes_sent)),
        b"headers" => Some(map(headers)),
        b"headers_bytes" => Some(size(headers)),
        b"trailers" => Some(map(trailers)),
        b"flags" => Some(Value::number(0)),
        b"grpc_status" => grpc_status(info, trailers, headers).map(Value::number),
        b"total_size" => Some(Value::number(info.bytes_sent + bytes(headers) + bytes(trailers))),
        b"code_details" => info.details.clone().map(Value::text),
        b"backend_latency" => {
            let logging = http.is_some_and(|http| http.logging);
            (logging && info.upstream.is_some()).then(|| Value::number(0))
        }
        _ => None,
    }
}

/// The values of a name that stands several times are one, with commas between.
fn map(headers: Option<&Headers>) -> Value {
    let mut map: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    for (name, value) in headers.iter().flat_map(|headers| headers.iter()) {
        match places.entry(name) {
            Entry::Occupied(place) => {
                let all = &mut map[*place.get()].1;
                all.push(b',');
                all.extend(value);
            }
            Entry::Vacant(place) => {
                place.insert(map.len());
                map.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    Value::Map(map.into_iter().map(|(name, value)| (name, Value::Bytes(value))).collect())
}

fn size(headers: Option<&Headers>) -> Value {
    Value::number(headers.map_or(0, |headers| headers.size() as u64))
}

/// The one in the trailers or in the headers, or what Envoy makes of the HTTP status.
fn grpc_status(info: &Info, trailers: Option<&Headers>, headers: Option<&Headers>) -> Option<u64> {
    let told = trailers.and_then(|trailers| trailers.get("grpc-status"));
    let told = told.or_else(|| headers.and_then(|headers| headers.get("grpc-status")));
    if let Some(told) = told {
        return std::str::from_utf8(told).ok()?.parse().ok();
    }
    Some(u64::from(super::super::grpc::status_of_http(info.status?)))
}
