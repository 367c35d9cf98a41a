//! Clients that speak HTTP/1.1: one who sends several requests at once, and one who is a nuisance.

use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::h1::{Http1, Written};
use crate::load::{PATIENCE, Since, Target};
use crate::random::Random;
use crate::scenario::{Manner, Over, Scenario};
use crate::tally::{Tally, add};

/// As many requests are sent at once.
const MOST: u64 = 8;

/// A request that has no answer yet.
struct Waiting<'a> {
    scenario: &'a Scenario,
    tally: &'a Tally,
    bytes: Vec<u8>,
    /// A new connection has ended instead of answering it.
    passed_over: bool,
}

/// A connection that is used again.
struct Open {
    http: Http1,
    since: Since,
    answers: u64,
}

async fn connect(target: &Target) -> io::Result<Http1> {
    add(&target.connections, 1);
    Http1::connect(&target.address).await
}

/// Sends up to eight requests at once, and reads their answers.
pub(crate) async fn pipeline(target: Rc<Target>, mut random: Random) {
    let mut open: Option<Open> = None;
    while target.clock.goes_on() {
        let mut batch = VecDeque::new();
        for _ in 0..=random.below(MOST) {
            let well = |it: &Scenario| it.manner == Manner::Well && it.over != Over::Http2;
            let visitor = random.below(1000);
            let Some((scenario, tally)) = target.choose(&mut random, well) else { return };
            let Written { mut head, body } = Written::of(scenario, visitor);
            head.extend(body);
            batch.push_back(Waiting { scenario, tally, bytes: head, passed_over: false });
        }
        while let Some(first) = batch.front() {
            let (scenario, tally) = (first.scenario, first.tally);
            let error = match deliver(&target, &mut open, &mut batch).await {
                Ok(()) => continue,
                Err(error) => error,
            };
            open = None;
            // Whichever it was that had no answer.
            let (scenario, tally) =
                batch.pop_front().map_or((scenario, tally), |it| (it.scenario, it.tally));
            tally.unexpected(format!("no answer to {}: {error}", scenario.path));
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Sends what waits, and reads answers until there is one for each, or the connection ends.
async fn deliver(
    target: &Target,
    open: &mut Option<Open>,
    batch: &mut VecDeque<Waiting<'_>>,
) -> io::Result<()> {
    let mut used = match open.take().filter(|open| !open.since.is_old(&target.clock)) {
        Some(open) => open,
        None => Open { since: target.clock.since(), http: connect(target).await?, answers: 0 },
    };
    let bytes: Vec<u8> = batch.iter().flat_map(|waiting| &waiting.bytes).copied().collect();
    // If it ends meanwhile, reading tells.
    let _ = used.http.send(&bytes).await;
    while let Some(first) = batch.front_mut() {
        let answer = timeout(PATIENCE, used.http.answer(first.scenario)).await??;
        let Some(answer) = answer else {
            if used.answers == 0 && std::mem::replace(&mut first.passed_over, true) {
                return Err(io::Error::other("twice a new connection has ended instead"));
            }
            break;
        };
        used.answers += 1;
        first.tally.answer(first.scenario, &answer);
        batch.pop_front();
        if used.http.ends {
            break;
        }
    }
    // An answer has told of the end, or the listener drains. What came after is sent again, though Envoy may have
    // begun with the first of it.
    batch.iter().for_each(|waiting| add(&waiting.tally.again, 1));
    add(&target.ended, u64::from(!batch.is_empty()));
    if !used.http.ends {
        *open = Some(used);
    }
    Ok(())
}

/// Is slow, or leaves, each time on a connection of its own.
pub(crate) async fn nuisance(target: Rc<Target>, mut random: Random) {
    while target.clock.goes_on() {
        let visitor = random.below(1000);
        let ill = |it: &Scenario| it.manner != Manner::Well && it.over != Over::Http2;
        let Some((scenario, tally)) = target.choose(&mut random, ill) else { return };
        let written = Written::of(scenario, visitor);
        let moment = Duration::from_millis(1 + random.below(5));
        let behaved = timeout(PATIENCE, behave(&target, scenario, tally, &written, moment));
        match behaved.await {
            Ok(Ok(())) => {}
            _ if scenario.manner.leaves() => add(&tally.left, 1),
            Ok(Err(error)) => tally.unexpected(format!("no answer: {error}")),
            Err(_) => tally.unexpected(format!("no answer in {} s", PATIENCE.as_secs())),
        }
    }
}

async fn behave(
    target: &Target,
    scenario: &Scenario,
    tally: &Tally,
    written: &Written,
    moment: Duration,
) -> io::Result<()> {
    let mut http = connect(target).await?;
    if scenario.manner.leaves() {
        http.leave(written, scenario.manner, moment).await?;
        add(&tally.left, 1);
        return Ok(());
    }
    // It may be answered before all is sent.
    let _ = http.send_slowly(written).await;
    match http.answer(scenario).await? {
        Some(answer) => tally.answer(scenario, &answer),
        None => return Err(io::Error::other("the connection ends instead")),
    }
    Ok(())
}
