//! A client and an upstream for Envoy.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Collected};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::Error;
use super::message::Message;
use super::process::PATIENCE;
use crate::case::{CaseAnswer, CaseBody, CaseField, CaseRequest, Outcome, Seen};
use crate::here::Here;

fn failed(what: &str) -> impl Fn(hyper::Error) -> Error {
    move |error| Error::Unexpected(format!("{what}: {error}"))
}

/// Sends a request on a connection of its own. No response in this time is none at all.
pub(crate) async fn send(
    address: &str,
    request: &CaseRequest,
    http2: bool,
    patience: Duration,
) -> Result<Outcome, Error> {
    let stream = TcpStream::connect(address)
        .await
        .map_err(Error::io(format!("cannot connect to Envoy at {address}")))?;
    let io = TokioIo::new(stream);
    // Dropped with this future, the connection closes.
    let (mut sender, _connection) = if http2 {
        let (sender, connection) = hyper::client::conn::http2::handshake(Here, io)
            .await
            .map_err(failed("cannot speak to Envoy"))?;
        (
            Sender::Http2(sender),
            Connection(tokio::task::spawn_local(async { drop(connection.await) })),
        )
    } else {
        let (sender, connection) = hyper::client::conn::http1::handshake(io)
            .await
            .map_err(failed("cannot speak to Envoy"))?;
        (
            Sender::Http1(sender),
            Connection(tokio::task::spawn_local(async { drop(connection.await) })),
        )
    };

    let invalid = |what: &str| Error::Unexpected(format!("the case's request has no valid {what}"));
    let mut message = Request::new(body(&request.body, &request.trailers)?);
    *message.method_mut() =
        Method::from_bytes(request.method.as_bytes()).map_err(|_| invalid("method"))?;
    if http2 {
        let uri = format!("http://localhost{}", request.path);
        *message.uri_mut() = uri.parse().map_err(|_| invalid("path"))?;
    } else {
        *message.uri_mut() = request.path.parse().map_err(|_| invalid("path"))?;
        message.headers_mut().insert("host", HeaderValue::from_static("localhost"));
    }
    add_headers(message.headers_mut(), &request.headers)?;

    let exchange = async {
        let Ok(response) = sender.send(message).await else { return Outcome::NoAnswer };
        let status = response.status().as_u16();
        let (head, body) = response.into_parts();
        match body.collect().await {
            Ok(body) => Outcome::Answered { status, response: whole(&head.headers, body) },
            Err(_) => Outcome::Broken,
        }
    };
    let outcome = tokio::time::timeout(patience, exchange).await.unwrap_or(Outcome::NoAnswer);
    Ok(outcome)
}

/// Sends over either protocol.
enum Sender {
    Http1(hyper::client::conn::http1::SendRequest<Message>),
    Http2(hyper::client::conn::http2::SendRequest<Message>),
}

impl Sender {
    async fn send(&mut self, request: Request<Message>) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::Http1(sender) => sender.send_request(request).await,
            Self::Http2(sender) => sender.send_request(request).await,
        }
    }
}

/// A connection's task, which ends with it.
struct Connection(tokio::task::JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A GET of the admin interface.
pub(crate) async fn get(address: &str, path: &str) -> Result<Option<String>, Error> {
    let request = CaseRequest { path: path.to_owned(), ..CaseRequest::default() };
    Ok(match send(address, &request, false, PATIENCE).await? {
        Outcome::Answered { status: 200, response } => Some(response.body.to_string()),
        _ => None,
    })
}

/// An upstream that gives one answer to all requests and keeps them.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) port: u16,
    all: Arc<Mutex<Vec<Seen>>>,
}

impl Upstream {
    pub(crate) async fn serve(answer: &CaseAnswer, http2: bool) -> Result<Self, Error> {
        let listening = "cannot listen on 127.0.0.1";
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io(listening))?;
        let port = listener.local_addr().map_err(Error::io(listening))?.port();
        let all = Arc::new(Mutex::new(Vec::new()));

        let (answer, keep) = (answer.clone(), Arc::clone(&all));
        let service = service_fn(move |request: Request<Incoming>| {
            let (keep, answer) = (Arc::clone(&keep), answer.clone());
            async move {
                let (head, body) = request.into_parts();
                let Ok(body) = body.collect().await else { return Err("it breaks off") };
                let mut request = whole(&head.headers, body);
                request.headers.push((":method".to_owned(), head.method.as_str().into()));
                let path = head.uri.path_and_query().map_or("", |path| path.as_str());
                request.headers.push((":path".to_owned(), path.into()));
                keep.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                response(&answer).map_err(|_| "no valid answer")
            }
        });
        tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (io, service) = (TokioIo::new(stream), service.clone());
                tokio::task::spawn_local(async move {
                    if http2 {
                        let connection = hyper::server::conn::http2::Builder::new(Here);
                        drop(connection.serve_connection(io, service).await);
                    } else {
                        let connection = hyper::server::conn::http1::Builder::new();
                        drop(connection.serve_connection(io, service).await);
                    }
                });
            }
        });
        Ok(Self { port, all })
    }

    /// What has arrived, in order.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A case's answer as a response.
pub(super) fn response(answer: &CaseAnswer) -> Result<Response<Message>, Error> {
    let mut response = Response::new(body(&answer.body, &answer.trailers)?);
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    add_headers(response.headers_mut(), &answer.headers)?;
    Ok(response)
}

fn body(body: &CaseBody, trailers: &[CaseField]) -> Result<Message, Error> {
    let mut fields = HeaderMap::new();
    add_headers(&mut fields, trailers)?;
    let chunks = body.chunks().map(|chunk| Bytes::from(chunk.to_owned()));
    Ok(Message::new(chunks, Some(fields).filter(|fields| !fields.is_empty())))
}

pub(super) fn add_headers(headers: &mut HeaderMap, pairs: &[CaseField]) -> Result<(), Error> {
    for (name, value) in pairs {
        let pair =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        let (Ok(name), Ok(value)) = pair else {
            return Err(Error::Unexpected(format!(
                "the case's header {name:?}: {value:?} cannot be sent"
            )));
        };
        headers.append(name, value);
    }
    Ok(())
}

/// A message with its whole body, and its trailers.
fn whole(headers: &HeaderMap, body: Collected<Bytes>) -> Seen {
    let trailers = body.trailers().map(|trailers| seen(trailers, b"").headers);
    Seen { trailers: trailers.unwrap_or_default(), ..seen(headers, &body.to_bytes()) }
}

pub(super) fn seen(headers: &HeaderMap, body: &[u8]) -> Seen {
    Seen {
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_bytes().into()))
            .collect(),
        body: body.into(),
        trailers: Vec::new(),
    }
}
