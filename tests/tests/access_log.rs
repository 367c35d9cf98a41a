//! The filter `access-log` with clients that leave, and with many streams.

mod common;

use common::module;
use whit_test::{End, Headers, Plugin, Vm};

fn log(configuration: &str) -> Plugin {
    let vm = Vm::load(module("filters/access-log.wasm")).expect("a module");
    vm.plugin().configuration(configuration).start().expect("it starts")
}

fn lines(plugin: &Plugin) -> Vec<String> {
    plugin.take_log().into_iter().map(|line| line.message).collect()
}

const GET: [(&str, &str); 3] = [(":method", "GET"), (":path", "/"), (":authority", "a")];

/// Such a stream has no status, and a line whatever the sample is.
#[test]
fn a_client_that_leaves_has_no_response() {
    let plugin = log(r#"{ "fields": ["path", "status"], "sample": 0, "always_from": 600 }"#);
    let mut http = plugin.http();
    http.request_headers(GET, End::Yes);
    http.close();
    // Before its headers have come.
    plugin.http().close();
    assert_eq!(lines(&plugin), [r#"{"path":"/","status":0}"#, r#"{"status":0}"#]);
    assert_eq!(plugin.metric("access_log.status_none"), Some(2));
}

#[test]
fn a_sample_is_by_chance() {
    let plugin = log(r#"{ "fields": ["status"], "sample": 12.5 }"#);
    for _ in 0..10_000 {
        let mut http = plugin.http();
        http.request_headers(GET, End::Yes);
        http.response_headers([(":status", "200")], End::Yes);
        http.close();
    }
    let logged = lines(&plugin).len();
    assert!((1_100..1_400).contains(&logged), "{logged} of 10,000");
    assert_eq!(plugin.metric("access_log.lines"), Some(logged as u64));
    assert_eq!(plugin.metric("access_log.status_2xx"), Some(10_000));
    assert_eq!(plugin.stats().pages, 1);
}

/// Nothing of what a client sends breaks a line, and all of it is shown.
#[test]
fn sixty_kilobytes_of_any_bytes_are_one_line() {
    let plugin = log(
        r#"{ "fields": ["path"], "request_headers": { "large": "x-large" }, "longest": 65535 }"#,
    );
    let bytes: Vec<u8> = (0..60_000_u32).map(|n| (n % 251) as u8 + 1).collect();
    let mut http = plugin.http();
    let mut headers = Headers::from(GET);
    headers.add("x-large", &bytes);
    http.request_headers(headers, End::Yes);
    http.response_headers([(":status", "200")], End::Yes);
    http.close();
    let [line] = &lines(&plugin)[..] else { panic!("one line") };
    assert!(line.starts_with(r#"{"path":"/","large":""#) && line.ends_with("\"}"));
    assert!(line.len() > 60_000 && !line.bytes().any(|byte| byte < b' '));
    assert_eq!(plugin.errors(), [""; 0]);
}
