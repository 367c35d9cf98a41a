//! A case's requests, sent to Envoy.

use std::time::Duration;

use super::Error;
use super::clusters::Clusters;
use super::http::send;
use super::process::PATIENCE;
use crate::case::{Case, CaseStream, Outcome, Seen};

/// How long a client waits where a case expects no answer.
const SILENCE: Duration = Duration::from_secs(2);
/// How long a stream may take to call a cluster or to end, before the next is opened.
const PAUSE: Duration = Duration::from_millis(300);

/// Sends the requests of a case, each on a connection of its own and in order.
pub(crate) async fn run(
    address: &str,
    case: &Case,
    clusters: &Clusters,
) -> Result<Vec<Outcome>, Error> {
    let streams = case.streams();
    if streams.is_empty() {
        clusters.open();
    }
    if let [stream] = &streams[..]
        && !stream.closes
    {
        clusters.wait(Duration::from_millis(stream.waits.into())).await;
        clusters.open();
        return Ok(vec![send(address, &stream.request, case.http2(), patience(stream)).await?]);
    }
    let mut open = Vec::new();
    for stream in streams {
        clusters.wait(Duration::from_millis(stream.waits.into())).await;
        let before = clusters.arrived();
        let exchange = {
            let (address, stream, http2) = (address.to_owned(), stream.clone(), case.http2());
            async move { send(&address, &stream.request, http2, patience(&stream)).await }
        };
        let exchange = tokio::task::spawn_local(exchange);
        let paused = async {
            while clusters.arrived() == before && !exchange.is_finished() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        // A stream that does neither is as open as it gets.
        let _ = tokio::time::timeout(PAUSE, paused).await;
        if stream.closes {
            exchange.abort();
            // Time for Envoy to see it.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        open.push(exchange);
    }
    clusters.open();
    let mut outcomes = Vec::new();
    for exchange in open {
        // One that was aborted has no answer.
        outcomes.push(exchange.await.unwrap_or(Ok(Outcome::NoAnswer))?);
    }
    Ok(outcomes)
}

fn patience(stream: &CaseStream) -> Duration {
    if stream.expect.no_answer { SILENCE } else { PATIENCE }
}

/// What reached the upstream of a stream. Among several it is known by its path.
pub(crate) fn claim(requests: &mut Vec<Seen>, case: &Case, stream: &CaseStream) -> Option<Seen> {
    if case.streams.is_empty() {
        return requests.pop();
    }
    let path = (":path".to_owned(), stream.request.path.as_str().into());
    let found = requests.iter().position(|request| request.headers.contains(&path))?;
    Some(requests.remove(found))
}
