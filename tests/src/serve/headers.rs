//! Headers between hyper and the runner.

use std::hash::{BuildHasher as _, RandomState};

use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Uri, http};

use crate::Headers;

/// What belongs to a connection, not to a message.
const HOP_BY_HOP: [&str; 6] =
    ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

/// A request's headers as Envoy shows them to a plugin.
pub(super) fn of_request(request: &http::request::Parts) -> Headers {
    let host = request.headers.get("host").map(HeaderValue::as_bytes);
    let authority = request.uri.authority().map(|authority| authority.as_str().as_bytes());
    let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut headers = Headers::new();
    headers.add(":authority", authority.or(host).unwrap_or_default());
    headers.add(":path", path);
    headers.add(":method", request.method.as_str());
    headers.add(":scheme", "http");
    add(&mut headers, &request.headers, &["host"]);
    headers.replace("x-forwarded-proto", "http");
    if headers.get("x-request-id").is_none() {
        headers.add("x-request-id", request_id());
    }
    headers
}

/// The headers of an upstream's response.
pub(super) fn of_response(response: &http::response::Parts) -> Headers {
    let mut headers = Headers::from([(":status", response.status.as_str())]);
    add(&mut headers, &response.headers, &[]);
    headers
}

/// Trailers.
pub(super) fn of_trailers(trailers: &HeaderMap) -> Headers {
    let mut headers = Headers::new();
    add(&mut headers, trailers, &[]);
    headers
}

fn add(to: &mut Headers, headers: &HeaderMap, without: &[&str]) {
    for (name, value) in headers {
        if !HOP_BY_HOP.contains(&name.as_str()) && !without.contains(&name.as_str()) {
            to.add(name.as_str(), value.as_bytes());
        }
    }
}

/// A UUID of random bits.
fn request_id() -> String {
    let word = || RandomState::new().hash_one(0);
    let (high, low) = (word() & !0xf000 | 0x4000, word() & !(3 << 62) | (1 << 63));
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// What hyper sends: everything but the pseudo-headers. `None` if a name or a value cannot be sent.
pub(super) fn to_send(headers: &Headers) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| !name.starts_with(b":")) {
        let name = HeaderName::from_bytes(name).ok()?;
        map.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(map)
}

/// A request to a server at `HOST:PORT`. `None` if it cannot be sent.
pub(super) fn request_to<B>(server: &str, headers: &Headers, body: B) -> Option<hyper::Request<B>> {
    let text = |name: &str| std::str::from_utf8(headers.get(name)?).ok();
    let uri = format!("http://{server}{}", text(":path")?);
    let mut request = hyper::Request::new(body);
    *request.uri_mut() = Uri::try_from(uri).ok()?;
    *request.method_mut() = Method::from_bytes(headers.get(":method")?).ok()?;
    *request.headers_mut() = to_send(headers)?;
    let host = HeaderValue::from_bytes(headers.get(":authority")?).ok()?;
    request.headers_mut().insert("host", host);
    Some(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_becomes_what_envoy_shows_and_back() {
        let request = hyper::Request::builder()
            .method("POST")
            .uri("/a?b")
            .header("Host", "example.com")
            .header("Connection", "close")
            .header("X-A", "1")
            .header("x-a", "2");
        let (head, ()) = request.body(()).expect("a request").into_parts();
        let mut headers = of_request(&head);
        let id = headers.get("x-request-id").expect("an id").to_owned();
        assert_eq!((id.len(), id[14], id[8], id[23]), (36, b'4', b'-', b'-'));
        headers.remove("x-request-id");
        assert_eq!(
            headers,
            Headers::from([
                (":authority", "example.com"),
                (":path", "/a?b"),
                (":method", "POST"),
                (":scheme", "http"),
                ("x-a", "1"),
                ("x-a", "2"),
                ("x-forwarded-proto", "http"),
            ])
        );

        let request = request_to("127.0.0.1:1", &headers, ()).expect("a request");
        assert_eq!(request.uri(), "http://127.0.0.1:1/a?b");
        assert_eq!(request.headers()["host"], "example.com");
        assert_eq!(request.headers().get_all("x-a").iter().count(), 2);
    }

    #[test]
    fn what_cannot_be_sent_is_none() {
        let fine = Headers::from([(":path", "/"), (":method", "GET"), (":authority", "a")]);
        assert!(request_to("a:1", &fine, ()).is_some());
        for (name, value) in [
            (":path", "/ /"),
            (":method", "G T"),
            (":authority", "a\n"),
            ("a", "b\r\n"),
            ("a b", "c"),
        ] {
            let mut headers = fine.clone();
            headers.replace(name, value);
            assert!(request_to("a:1", &headers, ()).is_none(), "{name}: {value:?}");
        }
    }
}
