//! The plugin's own calls, to the clusters that the options name.

use std::rc::Rc;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Frame};

use super::headers::{of_response, of_trailers, request_to};
use super::upstream::Body;
use super::{Running, Server, screen};
use crate::{Call, Error};

/// Sends the calls that have not been sent.
pub(super) fn start(server: &Rc<Server>, running: &Rc<Running>) {
    for call in running.plugin.callouts() {
        if running.calls.borrow_mut().insert(call.id()) {
            let (server, running) = (Rc::clone(server), Rc::clone(running));
            tokio::task::spawn_local(async move {
                // What comes late finds a call that waits no more, which is no error.
                let _ = answer(&server, &call).await;
                running.calls.borrow_mut().remove(&call.id());
                server.settle(&running);
            });
        }
    }
    for call in running.plugin.grpc_calls() {
        let cluster = call.cluster();
        screen::trouble(&format!("a gRPC call to {cluster} is refused: this server makes none"));
        let _ = call.refuse();
    }
}

async fn answer(server: &Server, call: &Call) -> Result<(), Error> {
    let message = call.request();
    let address = server.options.clusters.get(call.cluster());
    let (sender, body) = Body::new(message.body.is_empty());
    let request = address.and_then(|address| request_to(address, &message.headers, body));
    let Some(request) = request else { return call.refuse() };
    if let Some(sender) = sender {
        let body = Bytes::from(message.body.clone());
        // There is room for one.
        let _ = sender.try_send(Ok(Frame::data(body)));
    }
    match server.client.send(request).await {
        Err(error) if error.is_connect() => call.refuse(),
        Err(_) => call.break_before_answer(),
        Ok(response) => {
            let (head, body) = response.into_parts();
            match body.collect().await {
                Err(_) => call.reset(),
                Ok(body) => {
                    let trailers = body.trailers().map(of_trailers);
                    call.reply_with(of_response(&head), body.to_bytes(), trailers)
                }
            }
        }
    }
}
