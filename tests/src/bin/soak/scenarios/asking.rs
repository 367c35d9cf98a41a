//! Requests that wait for somebody's answer, and for somebody who has none.

use hyper::body::Bytes;

use crate::scenario::{Expect, Manner, Over, Scenario};
use crate::text;

/// `{"iss":"https://issuer.example","aud":"api","sub":"alice","exp":4102444800,"tenant":7}`, signed.
const TOKEN: &str = "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiYXBpIiwic3ViIjoiYWxpY2UiLCJleHAiOjQxMDI0NDQ4MDAsInRlbmFudCI6N30.K35obp2ncZVe2HoOS8HxIVzMpfS32vNDZsGn99C48rA";
/// The same with another signature.
const FORGED: &str = "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiYXBpIiwic3ViIjoiYWxpY2UiLCJleHAiOjQxMDI0NDQ4MDAsInRlbmFudCI6N30.L35obp2ncZVe2HoOS8HxIVzMpfS32vNDZsGn99C48rA";

pub(super) fn auth() -> Vec<Scenario> {
    let bears = |name, token, wants| {
        Scenario::new(name, "GET", "/").header("authorization", token).header("x-want", wants)
    };
    let forbidden = || Expect::status(403).body("Access forbidden.\n");
    vec![
        bears("all let it pass, or the last does not", TOKEN, "pass")
            .weight(40)
            .expect(Expect::status(200).header("powered-by", "proxy-wasm").body("pong"))
            .expect(forbidden()),
        Scenario::new("no token", "GET", "/").expect(Expect::status(401)),
        bears("a forged token", FORGED, "pass").expect(Expect::status(401)),
        bears("the service denies it", TOKEN, "denial")
            .expect(Expect::status(403).header("location", "/login").body("denied\n")),
        bears("the service fails", TOKEN, "error").expect(Expect::status(503)),
        bears("the service breaks off", TOKEN, "break").weight(3).expect(Expect::status(503)),
        bears("a body comes slowly", TOKEN, "pass")
            .with_method("POST")
            .body(text::plain(20))
            .manner(Manner::SendsSlowly)
            .expect(Expect::status(200).body("pong"))
            .expect(forbidden()),
        bears("leaves while it waits", TOKEN, "pass").weight(3).manner(Manner::LeavesWaiting),
        bears("leaves while it waits in vain", TOKEN, "break")
            .weight(3)
            .manner(Manner::LeavesWaiting),
    ]
}

pub(super) fn limits() -> Vec<Scenario> {
    vec![
        Scenario::new("a tenant has one request a day", "GET", "/")
            .header("x-tenant", "greedy")
            .expect(Expect::status(429).header("ratelimit-policy", "\"narrow\";q=1;w=86400"))
            .expect(Expect::status(503)),
        Scenario::new("nobody answers, and nobody is there", "GET", "/")
            .expect(Expect::status(503)),
        Scenario::new("nobody answers, and what comes is read slowly", "GET", "/")
            .manner(Manner::ReadsSlowly)
            .expect(Expect::status(503)),
        Scenario::new("leaves while nobody answers", "GET", "/")
            .weight(3)
            .weight(3)
            .manner(Manner::LeavesWaiting),
    ]
}

pub(super) fn grpc() -> Vec<Scenario> {
    let call = |name| {
        Scenario::new(name, "POST", "/soak.Soak/Call")
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Bytes::from_static(b"\0\0\0\0\0"))
            .over(Over::Http2)
    };
    let passes = || Expect::status(200).header("powered-by", "proxy-wasm").body("pong");
    let aborted = || Expect::status(200).header("grpc-status", "10").body("");
    vec![
        call("a call passes, or not").weight(30).expect(passes()).expect(aborted()),
        Scenario::new("no gRPC", "GET", "/").expect(
            Expect::status(503)
                .header("powered-by", "proxy-wasm")
                .body("Service accessible only to gRPC clients.\n"),
        ),
        call("a call comes slowly").manner(Manner::SendsSlowly).expect(passes()).expect(aborted()),
        call("leaves while it waits").weight(3).manner(Manner::LeavesWaiting),
    ]
}
