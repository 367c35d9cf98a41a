//! A site: keys, origins, bodies in which something is masked.

use crate::scenario::{Expect, Manner, Scenario};
use crate::text;

pub(super) fn scenarios() -> Vec<Scenario> {
    let get = |name, path| Scenario::new(name, "GET", path).header("x-api-key", "alpha-key");
    let post = |name| {
        Scenario::new(name, "POST", "/echo")
            .header("x-api-key", "alpha-key")
            .header("content-type", "text/plain")
    };
    let passes = || Expect::status(200).header("x-hello", "world");
    let denied = || Expect::status(401).header("x-frame-options", "SAMEORIGIN");
    vec![
        get("a request passes", "/").weight(60).expect(passes().body("pong")),
        Scenario::new("a key in the query", "GET", "/?a=b&api_key=alpha-key")
            .expect(passes().body("pong")),
        get("only the head", "/").with_method("HEAD").expect(passes().body("")),
        Scenario::new("no key", "GET", "/").expect(denied()),
        Scenario::new("an unknown key", "GET", "/").header("x-api-key", "wrong").expect(denied()),
        get("two keys", "/?api_key=other").expect(denied()),
        get("another origin", "/")
            .header("origin", "https://app.example.com")
            .expect(passes().header("access-control-allow-origin", "https://app.example.com")),
        Scenario::new("a preflight", "OPTIONS", "/")
            .header("origin", "https://app.example.com")
            .header("access-control-request-method", "PUT")
            .expect(
                Expect::status(204)
                    .header("access-control-allow-origin", "https://app.example.com"),
            ),
        get("an answer is masked", "/lines").expect(passes().body(text::masked(50))),
        get("an answer in pieces is masked", "/pieces")
            .weight(3)
            .expect(passes().body(text::masked(500))),
        post("a body is masked").body(text::plain(20)).expect(passes().body(text::masked(20))),
        post("a body in chunks is masked")
            .body(text::plain(400))
            .chunked()
            .weight(3)
            .expect(passes().body(text::masked(400))),
        get("the upstream breaks off", "/breaks").weight(2).expect(Expect::status(200).broken()),
        get("the upstream refuses", "/refuses").weight(2).expect(Expect::status(503)),
        post("a body comes slowly")
            .body(text::plain(100))
            .manner(Manner::SendsSlowly)
            .expect(passes().body(text::masked(100))),
        get("an answer is read slowly", "/large")
            .manner(Manner::ReadsSlowly)
            .expect(passes().body(text::masked(2000))),
        get("leaves while it waits", "/").weight(3).manner(Manner::LeavesWaiting),
        post("leaves within its body")
            .body(text::plain(100))
            .weight(3)
            .manner(Manner::LeavesInRequest),
        get("leaves within the answer", "/large").weight(3).manner(Manner::LeavesInAnswer),
    ]
}
