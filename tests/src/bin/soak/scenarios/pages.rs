//! Pages that the example filters change, or answer.

use crate::scenario::{Expect, Manner, Scenario};
use crate::text;

pub(super) fn scenarios() -> Vec<Scenario> {
    let get = |name, path| Scenario::new(name, "GET", path);
    let post = |name| Scenario::new(name, "POST", "/echo").header("content-type", "text/plain");
    let passes = || Expect::status(200);
    vec![
        get("a request passes", "/").weight(30).expect(passes().body("pong")),
        get("a filter answers", "/hello")
            .expect(passes().header("powered-by", "proxy-wasm").body("Hello, World!\n")),
        get("metadata is shown", "/").header("x-metadata", "SOMETHING").expect(
            passes()
                .header("uppercased-metadata", "SOMETHING")
                .body("Custom response with Envoy metadata: \"SOMETHING\"\n"),
        ),
        get("a page is replaced", "/secret")
            .expect(passes().body("Original message body (32 bytes) redacted.\n")),
        get("a page in pieces passes", "/pieces").weight(3).expect(passes().body(text::plain(500))),
        post("a body passes").body(text::plain(100)).expect(passes().body(text::plain(100))),
        get("the upstream refuses", "/refuses").weight(2).expect(Expect::status(503)),
        post("a body comes slowly")
            .body(text::plain(100))
            .manner(Manner::SendsSlowly)
            .expect(passes().body(text::plain(100))),
        get("a page is read slowly", "/large")
            .manner(Manner::ReadsSlowly)
            .expect(passes().body(text::plain(2000))),
        get("leaves while it waits", "/pieces").weight(3).manner(Manner::LeavesWaiting),
        post("leaves within its body")
            .body(text::plain(100))
            .weight(3)
            .manner(Manner::LeavesInRequest),
        get("leaves within the answer", "/large").weight(3).manner(Manner::LeavesInAnswer),
    ]
}
