//! A case's TCP connection to Envoy.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::Error;
use super::clusters::Clusters;
use crate::case::{Case, Kind, SeenConnection};

/// How long a client waits for what a plugin may hold back.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it waits where nothing is to come.
const PAUSE: Duration = Duration::from_millis(100);

/// Makes the connection of a case about TCP, and holds it as the case says.
pub(crate) async fn run(
    address: &str,
    case: &Case,
    clusters: &Clusters,
) -> Result<Option<SeenConnection>, Error> {
    if case.kind != Kind::Tcp {
        return Ok(None);
    }
    let mut received = Vec::new();
    let mut stream = connect(address, &case.connection.from)
        .await
        .map_err(Error::io(format!("cannot connect to Envoy from {}", case.connection.from)))?;
    // A connection that ends early is no error.
    let _ = converse(&mut stream, case, &mut received).await;
    drop(stream);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (cluster, got) = clusters.connection();
    Ok(Some(SeenConnection { received: text(&received), cluster, got: text(&got) }))
}

async fn connect(address: &str, from: &str) -> std::io::Result<TcpStream> {
    let invalid = |_| std::io::Error::other("an invalid address");
    let address: SocketAddr = address.parse().map_err(invalid)?;
    let from: std::net::IpAddr = from.parse().map_err(invalid)?;
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(address).await
}

async fn converse(
    stream: &mut TcpStream,
    case: &Case,
    received: &mut Vec<u8>,
) -> std::io::Result<()> {
    stream.write_all(case.connection.sends.as_bytes()).await?;
    let wanted = case.expect.receives.as_deref().unwrap_or_default().len();
    let mut chunk = vec![0; 64 * 1024];
    let mut ended = false;
    while received.len() < wanted && !ended {
        let Ok(size) = tokio::time::timeout(PATIENCE, stream.read(&mut chunk)).await else { break };
        let size = size?;
        received.extend(&chunk[..size]);
        ended = size == 0;
    }
    if wanted == 0 {
        // Nothing is to come, but the data before the end.
        let _ = tokio::time::timeout(PAUSE, stream.readable()).await;
    }
    if case.connection.resets {
        #[allow(deprecated)] // It closes at once, and so does not block.
        return stream.set_linger(Some(Duration::ZERO));
    }
    stream.shutdown().await?;
    while !ended {
        let Ok(size) = tokio::time::timeout(PATIENCE, stream.read(&mut chunk)).await else { break };
        let size = size?;
        received.extend(&chunk[..size]);
        ended = size == 0;
    }
    Ok(())
}
