//! `whit-run`, the program behind `cargo xtask run`: a server with a plugin in front of it.

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use common::module;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    child: Child,
    address: String,
    /// What it has printed, and has not been looked at.
    lines: Receiver<String>,
}

impl Server {
    fn start(module: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_whit-run"))
            .arg(module)
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let (send, lines) = channel();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let errors = send.clone();
        let read = |from: Box<dyn std::io::Read + Send>, to: std::sync::mpsc::Sender<String>| {
            thread::spawn(move || {
                for line in BufReader::new(from).lines() {
                    let _ = to.send(line.expect("text"));
                }
            });
        };
        read(Box::new(stdout.expect("a pipe")), send);
        read(Box::new(stderr.expect("a pipe")), errors);
        let mut server = Self { child, address: String::new(), lines };
        let first = server.line("http://");
        let address = first.split("http://").nth(1).and_then(|rest| rest.split(',').next());
        server.address = address.expect("an address").to_owned();
        server
    }

    /// The next line that holds this.
    fn line(&self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("no line holds {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// The whole answer to a request, which is sent as it is.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that gives every connection this answer after one request without a body. Its address.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            head(&mut stream);
            stream.write_all(answer.as_bytes()).expect("answered");
        }
    });
    address
}

/// The head of a message.
fn head(stream: &mut TcpStream) -> String {
    let mut head = String::new();
    let mut byte = [0];
    while !head.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).expect("a head");
        head.push(byte[0].into());
    }
    head
}

fn tmp(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run").join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn write_wat(name: &str, wat: &str) -> PathBuf {
    let path = tmp(name).join("module.wasm");
    std::fs::write(&path, wat::parse_str(wat).expect("the test's WAT is right")).expect("written");
    path
}

#[test]
fn the_plugin_answers_or_the_server_does_and_log_lines_are_shown() {
    let server = Server::start(&module("filters/http-headers.wasm"), &[]);
    let answer = server.get("/hello");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\npowered-by: proxy-wasm\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nHello, World!\n"), "{answer}");
    server.line("[info] #2 -> :path: /hello");
    server.line("[info] #2 completed.");
    let answer = server.get("/else?x");
    assert!(answer.ends_with("\r\n\r\nhello from behind the plugin\n"), "{answer}");
    let line = server.line("GET ");
    assert!(line.starts_with("GET /hello -> 200 OK, by the plugin in "), "{line}");
    let line = server.line("GET ");
    assert!(line.starts_with("GET /else?x -> 200 OK in "), "{line}");
}

#[test]
fn every_call_is_shown_where_that_is_asked_for() {
    let server = Server::start(&module("filters/add-header.wasm"), &["--trace"]);
    server.get("/");
    server.line("proxy_on_response_headers");
    let call = server.line("proxy_add_header_map_value");
    assert!(call.contains("x-hello") && call.contains("OK"), "{call}");
}

#[test]
fn both_bodies_stream_through() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let upstream = listener.local_addr().expect("an address").to_string();
    let server = Server::start(&module("filters/add-header.wasm"), &["--upstream", &upstream]);
    let mut client = server.connect();
    client
        .write_all(b"POST /a?b HTTP/1.1\r\nhost: a\r\nX-A: 1\r\ntransfer-encoding: chunked\r\n\r\n")
        .expect("sent");
    client.write_all(b"5\r\nfirst\r\n").expect("sent");

    let (mut upstream, _) = listener.accept().expect("it is asked");
    upstream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let request = head(&mut upstream);
    assert!(request.starts_with("POST /a?b HTTP/1.1\r\n"), "{request}");
    for header in ["host: a", "x-a: 1", "x-forwarded-proto: http", "transfer-encoding: chunked"] {
        assert!(request.contains(&format!("\r\n{header}\r\n")), "{header} of {request}");
    }
    let mut expect = |text: &str| {
        let mut bytes = vec![0; text.len()];
        upstream.read_exact(&mut bytes).expect("more");
        assert_eq!(String::from_utf8_lossy(&bytes), text);
    };
    expect("5\r\nfirst\r\n");
    client.write_all(b"4\r\nlast\r\n0\r\n\r\n").expect("sent");
    expect("4\r\nlast\r\n0\r\n\r\n");

    upstream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 6\r\n\r\none").expect("answered");
    let answer = head(&mut client);
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.contains("hello"), "{answer}");
    let mut half = [0; 3];
    client.read_exact(&mut half).expect("the first half");
    assert_eq!(&half, b"one");
    upstream.write_all(b"two").expect("answered");
    client.read_exact(&mut half).expect("the second half");
    assert_eq!(&half, b"two");
}

#[test]
fn an_upstream_that_does_not_listen_or_breaks_off_is_envoys_503() {
    let refusing = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = refusing.local_addr().expect("an address").to_string();
    drop(refusing);
    let server = Server::start(&module("filters/add-header.wasm"), &["--upstream", &address]);
    let answer = server.get("/");
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
    assert!(answer.ends_with("reset reason: remote connection failure"), "{answer}");

    let address = answering("");
    let server = Server::start(&module("filters/add-header.wasm"), &["--upstream", &address]);
    let answer = server.get("/");
    assert!(answer.ends_with("reset reason: connection termination"), "{answer}");
}

#[test]
fn calls_of_the_plugin_go_to_the_clusters_that_it_is_told() {
    let filter = module("filters/http-auth-random.wasm");
    let server = Server::start(&filter, &[]);
    assert!(server.get("/").starts_with("HTTP/1.1 403 Forbidden\r\n"));
    for (number, status) in [("2", "200 OK"), ("1", "403 Forbidden")] {
        let answer: &'static str = match number {
            "2" => "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\n2",
            _ => "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\n1",
        };
        let server = Server::start(&filter, &["--cluster", "httpbin", &answering(answer)]);
        let answer = server.get("/");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{number}: {answer}");
    }
}

#[test]
fn a_client_that_goes_away_ends_its_stream() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let upstream = listener.local_addr().expect("an address").to_string();
    let server = Server::start(&module("filters/http-headers.wasm"), &["--upstream", &upstream]);
    let mut client = server.connect();
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").expect("sent");
    let (mut upstream, _) = listener.accept().expect("it is asked");
    head(&mut upstream);
    drop(client);
    server.line("[info] #2 completed.");
    // And the upstream's connection with it.
    upstream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    assert_eq!(upstream.read(&mut [0]).expect("it closes"), 0);
}

#[test]
fn a_response_that_cannot_be_sent_is_said_and_the_connection_closes() {
    let path = write_wat(
        "crlf",
        r#"(module
            (import "env" "proxy_add_header_map_value"
                (func $add (param i32 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "ab\r\nc")
            (func (export "proxy_abi_version_0_2_1"))
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
            (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
                (call $add (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 4))))"#,
    );
    let server = Server::start(&path, &[]);
    assert_eq!(server.get("/"), "");
    server.line("error: this response cannot be sent");
}

#[test]
fn http_2_is_spoken_as_well() {
    let server = Server::start(&module("filters/http-headers.wasm"), &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let status = runtime.expect("a runtime").block_on(async {
        let stream = tokio::net::TcpStream::connect(&server.address).await.expect("it listens");
        let io = hyper_util::rt::TokioIo::new(stream);
        let executor = hyper_util::rt::TokioExecutor::new();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(executor, io).await.expect("HTTP/2");
        tokio::spawn(async move { drop(connection.await) });
        let request = hyper::Request::get("http://a/hello").body(String::new());
        let response = sender.send_request(request.expect("a request")).await.expect("a response");
        assert_eq!(response.headers()["hello"], "World");
        response.status()
    });
    assert_eq!(status, 200);
}

#[test]
fn what_changes_is_loaded_again_and_what_is_wrong_is_not() {
    let folder = tmp("watch");
    let (module, other) = (folder.join("module.wasm"), folder.join("configuration"));
    std::fs::copy(self::module("filters/http-config.wasm"), &module).expect("copied");
    std::fs::write(&other, "one").expect("written");
    let configuration = other.to_str().expect("a path");
    let server = Server::start(&module, &["--config", configuration, "--watch"]);
    assert!(server.get("/").contains("\r\ncustom-header: one\r\n"));

    std::fs::write(&other, "another").expect("written");
    server.line("loaded again");
    assert!(server.get("/").contains("\r\ncustom-header: another\r\n"));

    std::fs::write(&module, "no module").expect("written");
    server.line("the plugin of before goes on");
    assert!(server.get("/").contains("\r\ncustom-header: another\r\n"));
}

/// A callout of the plugin of before, which nobody answers.
#[test]
fn streams_end_in_the_plugin_that_they_began_in() {
    let folder = tmp("streams");
    let (module, configuration) = (folder.join("module.wasm"), folder.join("configuration"));
    let probe = common::root().join("tests/probes/callout-headers.wat");
    std::fs::write(&module, wat::parse_file(probe).expect("a probe")).expect("written");
    std::fs::write(&configuration, "one").expect("written");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("an address").to_string();
    let configured = configuration.to_str().expect("a path");
    let args = ["--config", configured, "--watch", "--cluster", "a", &address];
    let server = Server::start(&module, &args);
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").expect("sent");
    let _called = silent.accept().expect("the callout");
    std::fs::write(&configuration, "another").expect("written");
    server.line("loaded again");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn what_cannot_be_served_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let refuses = module("filters/vm-start-refuse.wasm");
    let fine = module("filters/tiny.wasm");
    for (module, listen, error, code) in [
        (Path::new("/nowhere.wasm"), "127.0.0.1:0", "cannot read /nowhere.wasm", 2),
        (&refuses, "127.0.0.1:0", "Failed to start base Wasm", 1),
        (&fine, address.as_str(), "choose another address with --listen", 1),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_whit-run"));
        let output = command.arg(module).args(["--listen", listen]).output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.starts_with("error: ") && text.contains(error), "{text}");
        assert_eq!(output.status.code(), Some(code));
    }
}
