//! Clients that speak HTTP/2: several users of one connection.

use std::rc::Rc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::body::Pieces;
use crate::load::{PATIENCE, Since, Target};
use crate::random::Random;
use crate::scenario::{Answer, Manner, Over, Scenario};
use crate::tally::{Tally, add};

/// The connection that several use.
pub(crate) type Shared = Rc<Mutex<Option<(SendRequest<Pieces>, Since)>>>;

/// What came of a request.
enum Came {
    Answer(Answer),
    /// The client has left.
    Left,
    /// It was not sent, for the connection ends.
    Unsent,
}

/// Sends one request after the other, on a connection that others use as well.
pub(crate) async fn user(target: Rc<Target>, mut random: Random, shared: Shared) {
    while target.clock.goes_on() {
        let visitor = random.below(1000);
        let moment = Duration::from_millis(1 + random.below(5));
        let over = |it: &Scenario| it.over != Over::Http1;
        let Some((scenario, tally)) = target.choose(&mut random, over) else { return };
        let sending = deliver(&target, &shared, scenario, tally, visitor, moment);
        match timeout(PATIENCE, sending).await {
            Ok(Ok(Some(answer))) => tally.answer(scenario, &answer),
            Ok(Ok(None)) => add(&tally.left, 1),
            _ if scenario.manner.leaves() => add(&tally.left, 1),
            Ok(Err(error)) => tally.unexpected(format!("no answer: {error}")),
            Err(_) => tally.unexpected(format!("no answer in {} s", PATIENCE.as_secs())),
        }
    }
}

/// Sends a request until it is sent. None once the client has left.
async fn deliver(
    target: &Target,
    shared: &Shared,
    scenario: &Scenario,
    tally: &Tally,
    visitor: u64,
    moment: Duration,
) -> Result<Option<Answer>, String> {
    loop {
        let sender = connection(target, shared).await?;
        match exchange(sender, scenario, visitor, moment).await? {
            Came::Answer(answer) => return Ok(Some(answer)),
            Came::Left => return Ok(None),
            Came::Unsent => {
                add(&tally.again, 1);
                shared.lock().await.take();
            }
        }
    }
}

/// The connection, or a new one if it is old.
async fn connection(target: &Target, shared: &Shared) -> Result<SendRequest<Pieces>, String> {
    let mut open = shared.lock().await;
    if let Some((sender, since)) = &*open
        && !since.is_old(&target.clock)
        && !sender.is_closed()
    {
        return Ok(sender.clone());
    }
    let since = target.clock.since();
    add(&target.connections, 1);
    let stream = TcpStream::connect(&target.address).await.map_err(|error| error.to_string())?;
    let _ = stream.set_nodelay(true);
    let builder = Builder::new(TokioExecutor::new());
    let (sender, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    // It ends once nobody has a sender any more.
    tokio::spawn(connection);
    *open = Some((sender.clone(), since));
    Ok(sender)
}

async fn exchange(
    mut sender: SendRequest<Pieces>,
    scenario: &Scenario,
    visitor: u64,
    moment: Duration,
) -> Result<Came, String> {
    let body = match scenario.manner {
        Manner::SendsSlowly | Manner::LeavesInRequest => Pieces::of(&scenario.body, 2 << 10).slow(),
        _ if scenario.chunked => Pieces::of(&scenario.body, 1 << 10),
        _ => Pieces::whole(scenario.body.clone()),
    };
    let mut request = Request::builder()
        .method(scenario.method)
        .uri(format!("http://soak{}", scenario.path))
        .header("x-visitor", visitor);
    for (name, value) in &scenario.headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body).map_err(|error| error.to_string())?;
    if sender.ready().await.is_err() {
        return Ok(Came::Unsent);
    }
    let answering = sender.try_send_request(request);
    let answered = if matches!(scenario.manner, Manner::LeavesWaiting | Manner::LeavesInRequest) {
        match timeout(moment, answering).await {
            // Whether it was in time or not: what comes does not matter.
            Ok(_) | Err(_) => return Ok(Came::Left),
        }
    } else {
        answering.await
    };
    match answered {
        Ok(response) => read(response, scenario.manner).await,
        Err(mut error) => match error.take_message() {
            Some(_) => Ok(Came::Unsent),
            None => Err(error.into_error().to_string()),
        },
    }
}

async fn read(response: Response<Incoming>, manner: Manner) -> Result<Came, String> {
    let (head, mut incoming) = response.into_parts();
    let status = head.status.as_u16();
    let mut answer = Answer { status, headers: head.headers, body: Vec::new(), whole: true };
    while let Some(frame) = incoming.frame().await {
        if manner == Manner::LeavesInAnswer {
            return Ok(Came::Left);
        }
        if manner == Manner::ReadsSlowly {
            sleep(Duration::from_millis(2)).await;
        }
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(data)) => answer.body.extend(data),
            Ok(Err(frame)) => answer.headers.extend(frame.into_trailers().unwrap_or_default()),
            Err(_) => {
                answer.whole = false;
                break;
            }
        }
    }
    Ok(Came::Answer(answer))
}
