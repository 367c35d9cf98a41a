//! The filter `ext-auth`: what it remembers, and what no case file can send.

mod common;

use std::time::Duration;

use common::module;
use whit_test::{End, Fault, Headers, Http, Plugin, Status, Vm};

type Fields<'a> = [(&'a str, &'a [u8])];

fn start(configuration: &str) -> Plugin {
    let vm = Vm::load(module("filters/ext-auth.wasm")).expect("a module");
    let configuration = configuration.replace('\'', "\"");
    vm.plugin().configuration(configuration).cluster("auth").start().expect("it starts")
}

/// With a cache that lives for ten seconds.
fn start_with_cache(fields: &str) -> Plugin {
    start(&format!(
        "{{ 'cluster': 'auth', 'upstream_headers': ['x-user'], 'cache_seconds': 10{fields} }}"
    ))
}

fn ask(plugin: &Plugin, path: &str, headers: &Fields<'_>) -> Http {
    let mut http = plugin.http();
    let first: [(&str, &[u8]); 4] = [
        (":method", b"GET"),
        (":path", path.as_bytes()),
        (":authority", b"a"),
        (":scheme", b"http"),
    ];
    let all: Headers = first.iter().chain(headers).copied().collect();
    http.request_headers(all, End::Yes);
    http
}

/// Whether the service is asked; it then answers with this status and this user.
fn is_asked(http: &Http, status: u16, user: &str) -> bool {
    let Ok(call) = http.callouts().one() else { return false };
    call.reply(status, [("x-user", user)], b"").expect("it waits");
    true
}

/// Who the upstream is told that it is; `None` if the request does not get there.
fn user(http: &Http) -> Option<String> {
    let request = http.upstream()?;
    let user = request.headers.get("x-user").unwrap_or_default();
    Some(String::from_utf8_lossy(user).into_owned())
}

#[test]
fn what_was_allowed_is_allowed_again_for_a_while() {
    let plugin = start_with_cache("");
    let token: &Fields<'_> = &[("authorization", b"t")];
    let first = ask(&plugin, "/a", token);
    assert!(is_asked(&first, 200, "alice"));
    assert_eq!(user(&first).as_deref(), Some("alice"));

    plugin.advance(Duration::from_secs(9));
    // Whatever it says of itself, and whatever it sends that the service is not told.
    let again = ask(&plugin, "/a", &[("x-user", b"root"), ("authorization", b"t"), ("b", b"c")]);
    assert!(again.callouts().is_empty());
    assert_eq!(user(&again).as_deref(), Some("alice"));

    plugin.advance(Duration::from_secs(1));
    let late = ask(&plugin, "/a", token);
    assert!(is_asked(&late, 403, ""));
    assert_eq!(user(&late), None);
    assert_eq!(plugin.metric("ext_auth.allowed"), Some(1));
    assert_eq!(plugin.metric("ext_auth.cached"), Some(1));
    assert_eq!(plugin.metric("ext_auth.denied"), Some(1));
}

#[test]
fn another_question_is_asked() {
    let plugin = start_with_cache(", 'cache_entries': 1");
    let allowed = ask(&plugin, "/a", &[("authorization", b"t")]);
    assert!(is_asked(&allowed, 200, "alice"));
    let others: [(&str, &Fields<'_>); 7] = [
        ("/a", &[]),
        ("/a", &[("authorization", b"")]),
        ("/a", &[("authorization", b"u")]),
        ("/a", &[("authorization", b"t "), ("authorization", b"t")]),
        ("/a", &[("authorization", b"t"), ("authorization", b"t")]),
        ("/a?b", &[("authorization", b"t")]),
        ("/", &[("authorization", b"t")]),
    ];
    for (path, headers) in others {
        let http = ask(&plugin, path, headers);
        assert!(is_asked(&http, 403, ""), "{path} {headers:?}");
        assert_eq!(user(&http), None);
    }
    // Nothing but what was allowed is kept: all of these have its place.
    assert!(!is_asked(&ask(&plugin, "/a", &[("authorization", b"t")]), 200, ""));
}

#[test]
fn nothing_is_kept_but_what_the_service_allows() {
    let plugin = start_with_cache("");
    for status in [401, 302, 500] {
        assert!(is_asked(&ask(&plugin, "/", &[]), status, ""));
    }
    ask(&plugin, "/", &[]).callouts().one().expect("it asks").refuse().expect("it waits");
    assert!(is_asked(&ask(&plugin, "/", &[]), 200, "alice"));
    assert!(!is_asked(&ask(&plugin, "/", &[]), 200, ""));

    let without = start("{ 'cluster': 'auth' }");
    for _ in 0..2 {
        assert!(is_asked(&ask(&without, "/", &[]), 200, ""));
    }
}

/// Answers come when the cache is full, when the entry is there already, when the stream is gone, and never.
#[test]
fn twenty_thousand_questions_leave_the_memory_as_it_was() {
    let plugin = start_with_cache(", 'cache_entries': 8");
    let pages = plugin.stats().pages;
    for n in 0..20_000 {
        if n % 100 == 0 {
            plugin.advance(Duration::from_secs(1));
        }
        let token = format!("token {}", n % 1000);
        let http = ask(&plugin, "/", &[("authorization", token.as_bytes())]);
        if n % 7 == 0 {
            http.close();
            continue;
        }
        if is_asked(&http, 200, &token) {
            assert_eq!(user(&http).as_ref(), Some(&token));
        }
        http.close();
    }
    assert_eq!(plugin.stats().pages, pages);
    assert_eq!(plugin.errors(), [""; 0]);
}

#[test]
fn a_question_is_made_of_any_bytes() {
    let plugin = start_with_cache("");
    for token in [&[0xff; 60_000][..], b"\xc3\x28", b" ", b"\x01"] {
        let http = ask(&plugin, "/\u{fc}", &[("authorization", token)]);
        let call = http.callouts().one().expect("it asks");
        let sent = call.request().headers.get("authorization").map(<[u8]>::to_vec);
        assert_eq!(sent.as_deref(), Some(token));
        call.reply(200, [("x-user", &token[..2.min(token.len())])], b"").expect("it waits");
        assert!(http.upstream().is_some());
    }
    // Too much for a host, even where failures pass.
    let plugin = start("{ 'cluster': 'auth', 'on_failure': 'allow' }");
    let http = ask(&plugin, "/", &[("authorization", &[b'a'; 1 << 20])]);
    assert!(http.callouts().is_empty() && http.upstream().is_none());
    assert_eq!(http.local_reply().expect("an answer").status, 500);
}

#[test]
fn a_host_that_fails_lets_nobody_in() {
    for hostcall in [
        "proxy_get_header_map_pairs",
        "proxy_remove_header_map_value",
        "proxy_add_header_map_value",
        "clock_time_get",
    ] {
        let plugin =
            start("{ 'cluster': 'auth', 'upstream_headers': ['x-user'], 'on_failure': 'allow' }");
        plugin.faults().inject(Fault::hostcall(hostcall, Status::InternalFailure as u32));
        let http = ask(&plugin, "/", &[("authorization", b"t")]);
        is_asked(&http, 200, "alice");
        assert!(http.upstream().is_none(), "{hostcall}");
        assert_eq!(http.local_reply().expect("an answer").status, 500, "{hostcall}");
    }
}
