//! What plugins ask, and where connections go.

use std::future::{Future, pending, ready};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Request, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::body::Pieces;
use crate::upstream::Answered;

fn response(status: u16, header: (&str, &str), body: &'static [u8]) -> Answered {
    let body = Pieces::whole(Bytes::from_static(body));
    let response = Response::builder().status(status).header(header.0, header.1).body(body);
    response.map_err(io::Error::other)
}

/// What `ext-auth` asks: the request says what it wants to hear.
pub(crate) fn auth(request: Request<Incoming>) -> impl Future<Output = Answered> + Send {
    let wanted = request.headers().get("x-want").map_or(&b""[..], |wanted| wanted.as_bytes());
    ready(match wanted {
        b"denial" => response(403, ("location", "/login"), b"denied\n"),
        b"error" => response(500, ("x-error", "yes"), b""),
        b"break" => Err(io::Error::other("breaks off on purpose")),
        _ => response(200, ("x-user", "ann"), b""),
    })
}

/// Never answers.
pub(crate) fn hang(_: Request<Incoming>) -> impl Future<Output = Answered> + Send {
    pending()
}

/// What `http-auth-random` asks: even, odd, and every eighth time nothing.
pub(crate) fn even_or_odd()
-> impl Fn(Request<Incoming>) -> std::future::Ready<Answered> + Clone + Send + 'static {
    let asked = Arc::new(AtomicUsize::new(0));
    move |_| {
        ready(match asked.fetch_add(1, Ordering::Relaxed) % 8 {
            7 => Err(io::Error::other("breaks off on purpose")),
            number if number.is_multiple_of(2) => response(200, ("x-number", "even"), b"0"),
            _ => response(200, ("x-number", "odd"), b"1"),
        })
    }
}

/// What `grpc-auth-random` asks: a message, an even status, an odd one, and nothing.
pub(crate) fn statuses()
-> impl Fn(Request<Incoming>) -> std::future::Ready<Answered> + Clone + Send + 'static {
    let asked = Arc::new(AtomicUsize::new(0));
    move |_| {
        let (message, status) = match asked.fetch_add(1, Ordering::Relaxed) % 4 {
            0 => (&b"\0\0\0\0\0"[..], "0"),
            1 => (&b""[..], "2"),
            2 => (&b""[..], "3"),
            _ => return ready(Err(io::Error::other("breaks off on purpose"))),
        };
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", hyper::header::HeaderValue::from_static(status));
        let body = Pieces::whole(Bytes::from_static(message)).trailers(trailers);
        let response = Response::builder().header("content-type", "application/grpc").body(body);
        ready(response.map_err(io::Error::other))
    }
}

/// Says who it is, and then whatever it is told.
pub(crate) async fn echo(mut stream: TcpStream, banner: &'static [u8]) {
    // A connection that breaks ends by itself.
    if stream.write_all(banner).await.is_err() {
        return;
    }
    let mut chunk = vec![0; 16 << 10];
    while let Ok(size @ 1..) = stream.read(&mut chunk).await {
        if stream.write_all(&chunk[..size]).await.is_err() {
            return;
        }
    }
}
