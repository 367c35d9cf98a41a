//! The filter `canary`, where chance decides.

mod common;

use common::module;
use whit_test::{Answer, Plugin, Request, Vm};

const CONFIGURATION: &str = r#"{
    "experiment": "e",
    "variants": [{ "name": "a", "percent": 10 }, { "name": "b", "percent": 30.5 }],
    "cookie": { "name": "c", "max_age": 60, "path": "/p", "same_site": "None" }
}"#;

/// A request's variant, and the cookie that it gets.
fn sent(plugin: &Plugin, request: &Request) -> (Option<String>, Option<String>) {
    let exchange = plugin.exchange(request, &Answer::direct(200, "pong"));
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).expect("text");
    let variant =
        exchange.upstream.expect("it reaches the upstream").headers.get("x-canary").map(text);
    let cookie = exchange.response.expect("a response").headers.get("set-cookie").map(text);
    (variant, cookie)
}

#[test]
fn chance_spreads_users_as_configured_and_they_stay_where_they_are() -> Result<(), whit_test::Error>
{
    const USERS: u32 = 4000;
    let vm = Vm::load(module("filters/canary.wasm"))?;
    let plugin = vm.plugin().configuration(CONFIGURATION).cluster("upstream").start()?;
    let (mut a, mut b) = (0, 0);
    for _ in 0..USERS {
        let (variant, cookie) = sent(&plugin, &Request::get("/"));
        let cookie = cookie.expect("a cookie");
        let (pair, attributes) = cookie.split_once("; ").expect("attributes");
        assert_eq!(attributes, "Max-Age=60; Path=/p; SameSite=None; Secure; HttpOnly");
        let again = sent(&plugin, &Request::get("/").header("cookie", pair));
        assert_eq!(again, (variant.clone(), None));
        a += u32::from(variant.as_deref() == Some("a"));
        b += u32::from(variant.as_deref() == Some("b"));
    }
    // Four standard deviations of each.
    assert!((324..=476).contains(&a) && (1104..=1336).contains(&b), "{a}, {b}");
    Ok(())
}
