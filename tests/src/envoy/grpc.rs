//! A gRPC server, for clusters that plugins call so.

use http_body_util::BodyExt as _;
use hyper::body::{Frame, Incoming};
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::clusters::Server;
use super::http::{add_headers, seen};
use super::message::Message;
use crate::case::{CaseGrpcAnswer, hex};
use crate::here::Here;

/// What stands before a message: whether it is compressed, and its size.
const PREFIX: usize = 5;

/// Serves a connection.
pub(super) async fn serve(server: Server, stream: TcpStream) {
    let service = service_fn(move |request| {
        let server = server.clone();
        async move { answer(&server, request).await }
    });
    let connection = hyper::server::conn::http2::Builder::new(Here);
    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(server: &Server, request: Request<Incoming>) -> Result<Response<Message>, Failed> {
    let (head, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(Ok(data)) = frame.map(Frame::into_data) {
            bytes.extend(data);
        }
        if server.cluster.early && !messages(&bytes).is_empty() {
            break;
        }
    }
    let mut request = seen(&head.headers, b"");
    let authority = head.uri.authority().map_or("", |authority| authority.as_str()).to_owned();
    let path = head.uri.path().to_owned();
    for (name, value) in
        [(":method", head.method.to_string()), (":path", path), (":authority", authority)]
    {
        request.headers.push((name.to_owned(), value.into()));
    }
    let (before, go) = server.arrive(request, messages(&bytes));
    // It is never let go where it must not be answered.
    let _ = go.await;
    match server.cluster.grpc_answer(before) {
        Some(answer) if !server.cluster.resets => response(answer),
        _ => Err(Failed),
    }
}

/// What makes the server reset a stream.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
struct Failed;

/// The messages that these bytes hold, in hexadecimal.
fn messages(mut bytes: &[u8]) -> Vec<String> {
    let mut messages = Vec::new();
    while let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX>() {
        let [_, size @ ..] = *prefix;
        let Some((message, rest)) = rest.split_at_checked(u32::from_be_bytes(size) as usize) else {
            break;
        };
        messages.push(hex(message));
        bytes = rest;
    }
    messages
}

fn response(answer: &CaseGrpcAnswer) -> Result<Response<Message>, Failed> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", answer.status.into());
    if !answer.text.is_empty() {
        let text = HeaderValue::from_str(&answer.text).map_err(|_| Failed)?;
        trailers.insert("grpc-message", text);
    }
    add_headers(&mut trailers, &answer.trailing).map_err(|_| Failed)?;
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    let body = if answer.is_trailers_only() {
        headers.extend(trailers);
        Message::default()
    } else {
        add_headers(&mut headers, &answer.initial).map_err(|_| Failed)?;
        let mut bytes = Vec::new();
        for message in answer.messages() {
            bytes.push(0);
            bytes.extend((message.len() as u32).to_be_bytes());
            bytes.extend(message);
        }
        Message::new([bytes.into()], Some(trailers))
    };
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    Ok(response)
}
