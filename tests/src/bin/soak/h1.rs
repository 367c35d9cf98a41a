//! A client of HTTP/1.1 that pipelines, leaves and dawdles, which no library does.

use std::io;
use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::scenario::{Answer, Manner, Scenario};

/// Between what is sent, or read, slowly.
const PAUSE: Duration = Duration::from_millis(2);
/// As much as is sent, or read, at once then.
const LITTLE: usize = 2 << 10;

/// A connection.
pub(crate) struct Http1 {
    stream: TcpStream,
    /// What has come and is not yet read.
    buffer: Vec<u8>,
    /// It ends: nothing more will be answered on it.
    pub(crate) ends: bool,
}

/// A request as it is sent: head and body.
pub(crate) struct Written {
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Written {
    pub(crate) fn of(scenario: &Scenario, visitor: u64) -> Self {
        let Scenario { method, path, headers, body, chunked, .. } = scenario;
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: soak\r\nx-visitor: {visitor}\r\n");
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        let mut written = body.to_vec();
        if *chunked {
            head.push_str("transfer-encoding: chunked\r\n");
            let mut chunks = Vec::with_capacity(body.len() + 64);
            for piece in body.chunks(1 << 10) {
                chunks.extend(format!("{:x}\r\n", piece.len()).into_bytes());
                chunks.extend(piece);
                chunks.extend(b"\r\n");
            }
            chunks.extend(b"0\r\n\r\n");
            written = chunks;
        } else if !body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        Self { head: head.into_bytes(), body: written }
    }
}

impl Http1 {
    pub(crate) async fn connect(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new(), ends: false })
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a request little by little.
    pub(crate) async fn send_slowly(&mut self, written: &Written) -> io::Result<()> {
        self.send(&written.head).await?;
        for little in written.body.chunks(LITTLE) {
            sleep(PAUSE).await;
            self.send(little).await?;
        }
        Ok(())
    }

    /// Sends what somebody sends who leaves, waits a moment, and resets the connection.
    pub(crate) async fn leave(
        mut self,
        written: &Written,
        manner: Manner,
        moment: Duration,
    ) -> io::Result<()> {
        let half = written.body.len() / 2;
        let body = if manner == Manner::LeavesInRequest { half } else { written.body.len() };
        self.send(&written.head).await?;
        self.send(written.body.get(..body).unwrap_or_default()).await?;
        if manner == Manner::LeavesInAnswer {
            self.fill(1).await?;
        }
        sleep(moment).await;
        reset(self.stream)
    }

    /// The next answer; `None` if the connection ends before it begins.
    pub(crate) async fn answer(&mut self, scenario: &Scenario) -> io::Result<Option<Answer>> {
        let (size, status, headers) = loop {
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
            if !self.fill(16 << 10).await? {
                self.ends = true;
                if self.buffer.is_empty() {
                    return Ok(None);
                }
                return Err(io::Error::other("the connection ends within an answer's head"));
            }
        };
        self.buffer.drain(..size);
        self.ends = headers.get("connection").is_some_and(|value| value == "close");
        let mut answer = Answer { status, headers, body: Vec::new(), whole: true };
        if scenario.method == "HEAD" || status == 204 {
            return Ok(Some(answer));
        }
        let slowly = scenario.manner == Manner::ReadsSlowly;
        let length =
            answer.headers.get("content-length").and_then(|it| it.to_str().ok()?.parse().ok());
        let whole = match length {
            Some(length) => self.take(length, &mut answer.body, slowly).await?,
            None => self.take_chunks(&mut answer.body, slowly).await?,
        };
        answer.whole = whole;
        self.ends |= !whole;
        Ok(Some(answer))
    }

    /// Moves so many bytes out; false if the connection ends before.
    async fn take(&mut self, mut size: usize, to: &mut Vec<u8>, slowly: bool) -> io::Result<bool> {
        loop {
            let some = size.min(self.buffer.len());
            to.extend(self.buffer.drain(..some));
            size -= some;
            if size == 0 {
                return Ok(true);
            }
            if slowly {
                sleep(PAUSE).await;
            }
            if !self.fill(if slowly { LITTLE } else { 64 << 10 }).await? {
                return Ok(false);
            }
        }
    }

    async fn take_chunks(&mut self, to: &mut Vec<u8>, slowly: bool) -> io::Result<bool> {
        loop {
            let line = loop {
                match httparse::parse_chunk_size(&self.buffer) {
                    Ok(httparse::Status::Complete(line)) => break line,
                    Ok(httparse::Status::Partial) => {}
                    Err(_) => return Err(io::Error::other("an answer with a chunk of no size")),
                }
                if !self.fill(64 << 10).await? {
                    return Ok(false);
                }
            };
            let (start, size) = line;
            self.buffer.drain(..start);
            let size = usize::try_from(size).map_err(io::Error::other)?;
            let mut end = Vec::new();
            if !self.take(size, to, slowly).await? || !self.take(2, &mut end, false).await? {
                return Ok(false);
            }
            if size == 0 {
                return Ok(true);
            }
        }
    }

    /// Reads so many bytes at most; false at the connection's end, which may be a reset.
    async fn fill(&mut self, most: usize) -> io::Result<bool> {
        let mut limited = (&mut self.stream).take(most as u64);
        match limited.read_buf(&mut self.buffer).await {
            Ok(size) => Ok(size > 0),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Breaks a connection off, instead of ending it.
pub(crate) fn reset(stream: TcpStream) -> io::Result<()> {
    #[allow(deprecated)] // It closes at once, and so does not block.
    stream.set_linger(Some(Duration::ZERO))
}

/// The head of an answer, if all of it is there: its size, its status and its headers.
fn head(bytes: &[u8]) -> io::Result<Option<(usize, u16, HeaderMap)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(size) = response.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let mut map = HeaderMap::with_capacity(response.headers.len());
    for header in response.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(io::Error::other)?;
        map.append(name, HeaderValue::from_bytes(header.value).map_err(io::Error::other)?);
    }
    Ok(Some((size, response.code.unwrap_or(0), map)))
}
