//! What the SDK's memory does in the long run.

mod common;

use common::module;
use whit_test::{End, Fault, Http, Plugin, Vm};

/// Before and after pruning.
const BUILDS: [&str; 2] = ["mixed.wasm", "mixed.plain.wasm"];

fn mixed(build: &str) -> Plugin {
    let vm = Vm::load(module(&format!("guests/{build}"))).expect("a module");
    vm.plugin().configuration("word").cluster("auth").start().expect("it starts")
}

fn open(plugin: &Plugin, path: &str) -> Http {
    let mut http = plugin.http();
    let headers = [(":method", "POST"), (":path", path), (":authority", "a")];
    http.request_headers(headers, End::No);
    http
}

fn answer(http: &Http, status: &str) {
    let call = http.callouts().one().expect("a call");
    call.reply(status.parse().expect("a status"), [("x", "y")], b"").expect("it waits");
}

/// What the stream has seen of its body, and whether its call was answered.
fn finish(mut http: Http) -> Option<String> {
    http.response_headers([(":status", "200")], End::Yes);
    let response = http.response()?;
    let seen =
        response.headers.get("x-seen").map(|seen| String::from_utf8_lossy(seen).into_owned());
    http.close();
    seen
}

/// Twelve requests of every kind: with bodies, with callouts granted and refused, in other orders than
/// they came, and given up at every phase.
fn round(plugin: &Plugin) {
    let asking: Vec<Http> = (0..4).map(|_| open(plugin, "/ask/a/little/longer")).collect();
    let mut bodies: Vec<Http> = (0..4).map(|_| open(plugin, "/")).collect();
    bodies[0].request_body(b"a word, another word", End::No);
    bodies[1].request_body([b'w'; 10_000], End::No);
    bodies[0].request_body(b"words", End::Yes);

    let Ok([gone, refused, granted, left]) = <[Http; 4]>::try_from(asking) else { unreachable!() };
    // Given up while it waits: the answer comes all the same, to nobody.
    let late = gone.callouts().one().expect("a call");
    gone.close();
    answer(&refused, "403");
    answer(&granted, "200");
    late.reply(200, [("x", "y")], b"").expect("it waits");
    let seen = finish(granted);
    assert_eq!(seen.as_deref(), Some("0 bytes, 0 words, true"));
    assert_eq!(refused.local_reply().expect("a reply").status, 403);
    refused.close();
    answer(&left, "200");
    left.close();

    let mut bodies = bodies.into_iter();
    let first = bodies.next().expect("four");
    assert_eq!(finish(first).as_deref(), Some("25 bytes, 3 words, false"));
    bodies.for_each(Http::close);
    // Given up at once.
    for _ in 0..4 {
        plugin.http().close();
    }
}

/// A million requests; `WHIT_REQUESTS` says how many else.
#[test]
fn a_million_requests_leave_the_memory_as_the_first_thousand_did() {
    let requests =
        std::env::var("WHIT_REQUESTS").map_or(1_000_000, |n| n.parse().expect("a number"));
    for (build, rounds) in BUILDS.into_iter().zip([requests / 12, 1000]) {
        let plugin = mixed(build);
        (0..1000 / 12).for_each(|_| round(&plugin));
        let pages = plugin.stats().pages;
        assert_eq!(pages, 1, "{build}");
        (0..rounds).for_each(|_| round(&plugin));
        assert_eq!(plugin.stats().pages, pages, "{build}");
        assert_eq!(plugin.errors(), [""; 0], "{build}");
    }
}

#[test]
fn a_hundred_megabytes_stream_in_a_constant_number_of_pages() {
    const CHUNK: usize = 1 << 20;
    for build in BUILDS {
        let plugin = mixed(build);
        let mut http = open(&plugin, "/");
        let mut chunk = vec![b'.'; CHUNK];
        chunk[..4].copy_from_slice(b"word");
        let mut pages = None;
        for _ in 0..100 {
            http.request_body(&chunk, End::No);
            let now = plugin.stats().pages;
            assert_eq!(*pages.get_or_insert(now), now, "{build}");
        }
        http.request_body(b"", End::Yes);
        assert_eq!(pages, Some(1), "{build}");
        let seen = format!("{} bytes, 100 words, false", 100 * CHUNK);
        assert_eq!(finish(http), Some(seen), "{build}");
    }
}

/// The filter `redact` holds back what may be the beginning of a match, and no more.
#[test]
fn a_body_that_is_masked_streams_in_a_constant_number_of_pages() {
    const CHUNK: usize = 1 << 20;
    for build in ["redact.wasm", "redact.plain.wasm"] {
        let vm = Vm::load(module(&format!("filters/{build}"))).expect("a module");
        let plugin = vm.plugin().configuration(r#"{ "request": true }"#).start();
        let plugin = plugin.expect("it starts");
        let mut http = open(&plugin, "/");
        // All of it may belong to an address, whose end is in the next chunk.
        let mut chunk = vec![b'a'; CHUNK];
        chunk[..14].copy_from_slice(b"@example.com, ");
        let mut pages = None;
        for sent in 1..=100 {
            http.request_body(&chunk, End::No);
            // The first chunk begins after nothing.
            if sent > 1 {
                let now = plugin.stats().pages;
                assert_eq!(*pages.get_or_insert(now), now, "{build}");
            }
            let passed = http.upstream().expect("it passes").body.len();
            assert!(sent * CHUNK - passed < 318, "{build}: {passed} of {sent} MiB have passed");
        }
        http.request_body(b"", End::Yes);
        let upstream = http.upstream().expect("it passes");
        assert_eq!((upstream.body.len(), upstream.ended), (100 * CHUNK, true), "{build}");
        assert_eq!(plugin.metric("redact.emails"), Some(99), "{build}");
        // A page for each 64 KiB of a chunk, and one.
        assert_eq!(pages, Some(17), "{build}");
    }
}

/// What `redact` cannot look at, for want of memory, does not go on.
#[test]
fn a_body_that_cannot_be_read_does_not_pass() {
    let vm = Vm::load(module("filters/redact.wasm")).expect("a module");
    let plugin = vm.plugin().configuration(r#"{ "request": true }"#).start().expect("it starts");
    let chunk = vec![b'4'; 1 << 20];
    let (mut request, mut response) = (open(&plugin, "/"), open(&plugin, "/"));
    response.request_body(b"", End::Yes);
    response.response_headers([(":status", "200"), ("content-type", "text/plain")], End::No);
    plugin.faults().inject(Fault::memory_stops_growing());
    request.request_body(&chunk, End::No);
    assert_eq!(request.local_reply().expect("a reply").status, 500);
    response.response_body(&chunk, End::Yes);
    let passed = response.response().map_or(0, |response| response.body.len());
    assert_eq!((passed, plugin.metric("redact.broken_off")), (0, Some(1)));
    assert_eq!(plugin.errors(), [""; 0]);
}

/// Ten thousand streams at once, each with a call that waits, and then ten thousand more.
#[test]
fn memory_is_that_of_the_most_streams_at_once() {
    for build in BUILDS {
        let plugin = mixed(build);
        let mut pages = None;
        for _ in 0..3 {
            let streams: Vec<Http> = (0..10_000).map(|_| open(&plugin, "/ask")).collect();
            for http in streams.iter().rev() {
                answer(http, "200");
            }
            for http in streams {
                assert_eq!(finish(http).as_deref(), Some("0 bytes, 0 words, true"), "{build}");
            }
            let now = plugin.stats().pages;
            assert_eq!(*pages.get_or_insert(now), now, "{build}");
        }
        // 64 bytes a stream, and 16 for its call; what the heads take and a page that is begun.
        let most = (10_000 * (64 + 16)) / 65_536 + 2;
        assert!(pages.expect("three rounds") <= most, "{build}: {pages:?}");
    }
}
