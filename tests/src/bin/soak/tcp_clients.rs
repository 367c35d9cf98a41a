//! Clients that speak no HTTP.

use std::io;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::h1::reset;
use crate::load::{PATIENCE, Target};
use crate::random::Random;
use crate::tally::{Tally, add};

/// Between two connections of a client: each that ends well keeps a port from others for a minute.
const PAUSE: Duration = Duration::from_millis(10);

/// What is said on a connection.
struct Conversation {
    name: &'static str,
    from: [u8; 4],
    sends: usize,
    then: Then,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// This comes, and then what was sent; the client ends the connection.
    Ends(&'static str),
    /// The same; the client resets it.
    Resets(&'static str),
    /// The connection ends before all has come back.
    CutOff,
    /// The client leaves without having waited for anything.
    Leaves,
}

const CONVERSATIONS: [Conversation; 6] = [
    Conversation {
        name: "from an even address",
        from: [127, 0, 0, 2],
        sends: 1000,
        then: Then::Ends("1\n"),
    },
    Conversation {
        name: "from an odd address",
        from: [127, 0, 0, 1],
        sends: 1000,
        then: Then::Resets("2\n"),
    },
    Conversation {
        name: "much, from an odd address",
        from: [127, 0, 0, 3],
        sends: 50_000,
        then: Then::Resets("2\n"),
    },
    Conversation {
        name: "from an address that is denied",
        from: [127, 0, 0, 66],
        sends: 0,
        then: Then::CutOff,
    },
    Conversation { name: "too much", from: [127, 0, 0, 4], sends: 100_000, then: Then::CutOff },
    Conversation { name: "leaves", from: [127, 0, 0, 5], sends: 1000, then: Then::Leaves },
];

pub(crate) fn tallies(listener: &str) -> Vec<Tally> {
    let tally = |conversation: &Conversation| {
        let answers = match conversation.then {
            Then::Ends(_) | Then::Resets(_) => vec!["all comes back".to_owned()],
            Then::CutOff => vec!["it is cut off".to_owned()],
            Then::Leaves => Vec::new(),
        };
        Tally::new(listener, conversation.name, answers)
    };
    CONVERSATIONS.iter().map(tally).collect()
}

/// Makes one connection after the other.
pub(crate) async fn client(target: Rc<Target>, mut random: Random) {
    while target.clock.goes_on() {
        let at = random.below(CONVERSATIONS.len() as u64) as usize;
        let (Some(conversation), Some(tally)) = (CONVERSATIONS.get(at), target.tallies.get(at))
        else {
            return;
        };
        target.count(tally);
        match timeout(PATIENCE, converse(&target, conversation)).await {
            _ if conversation.then == Then::Leaves => add(&tally.left, 1),
            Ok(Ok(whole)) if whole == (conversation.then != Then::CutOff) => tally.came(0),
            Ok(Ok(true)) => tally.unexpected("all comes back".to_owned()),
            Ok(Ok(false)) => tally.unexpected("something else comes back".to_owned()),
            Ok(Err(error)) => tally.unexpected(format!("no connection: {error}")),
            Err(_) => tally.unexpected(format!("nothing in {} s", PATIENCE.as_secs())),
        }
        sleep(PAUSE).await;
    }
}

/// Whether all came back that should have.
async fn converse(target: &Target, conversation: &Conversation) -> io::Result<bool> {
    let Conversation { from, sends, then, .. } = conversation;
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::from(*from), 0).into())?;
    add(&target.connections, 1);
    let address = target.address.parse().map_err(io::Error::other)?;
    let mut stream = socket.connect(address).await?;
    let sent = vec![b'x'; *sends];
    let (mut from_envoy, mut to_envoy) = stream.split();
    if *then == Then::Leaves {
        let _ = to_envoy.write_all(&sent).await;
        reset(stream)?;
        return Ok(false);
    }
    let banner = match then {
        Then::Ends(banner) | Then::Resets(banner) => banner.as_bytes(),
        Then::CutOff | Then::Leaves => b"2\n",
    };
    let wanted = [banner, &sent].concat();
    // Both at a time, or neither side would take more at some point. What fails shows in what comes.
    let (_, received) =
        tokio::join!(to_envoy.write_all(&sent), receive(&mut from_envoy, wanted.len()));
    let whole = received == wanted;
    if *then != Then::CutOff && whole {
        end(stream, *then).await?;
    }
    Ok(whole)
}

/// What comes, until it is so much, or ends.
async fn receive(stream: &mut (impl AsyncReadExt + Unpin), wanted: usize) -> Vec<u8> {
    let mut received = Vec::new();
    let mut limited = stream.take(wanted as u64);
    while limited.read_buf(&mut received).await.is_ok_and(|size| size > 0) {}
    received
}

async fn end(mut stream: TcpStream, then: Then) -> io::Result<()> {
    if matches!(then, Then::Resets(_)) {
        return reset(stream);
    }
    stream.shutdown().await?;
    // Nothing more is to come, but the end.
    let rest = receive(&mut stream, 1).await;
    if rest.is_empty() { Ok(()) } else { Err(io::Error::other("more comes than was sent")) }
}
