//! What filters do, and who does it.

use serde_json::{Value, json};

use super::config::{Answers, Filter};
use super::load::Sent;
use crate::Subject;

/// Something that filters do, as often in the chain as makes it stand out.
pub(crate) struct Job {
    name: &'static str,
    /// The example filter whose variants do it.
    filter: &'static str,
    lua: &'static str,
    native: fn() -> Option<(&'static str, Value)>,
    pub(crate) sent: Sent,
    pub(crate) answers: Answers,
    /// How many filters there are in the chain.
    pub(crate) times: usize,
    /// How many requests there are in a round.
    pub(crate) requests: usize,
}

/// Adding a response header.
const LUA_HEADER: &str = r#"function envoy_on_response(handle)
  handle:headers():add("x-hello", "world")
end"#;

/// A function that logs each header, which two of the scripts use.
macro_rules! lua_log {
    () => {
        r#"function log(handle, arrow)
  for name, value in pairs(handle:headers()) do
    handle:logInfo(arrow .. name .. ": " .. value)
  end
end
"#
    };
}

const LUA_HEADERS: &str = concat!(
    lua_log!(),
    r#"function envoy_on_request(handle)
  log(handle, " -> ")
end
function envoy_on_response(handle)
  log(handle, " <- ")
end"#
);

const LUA_REPLY: &str = concat!(
    lua_log!(),
    r#"function envoy_on_request(handle)
  log(handle, " -> ")
  if handle:headers():get(":path") == "/hello" then
    handle:respond({ [":status"] = "200", ["hello"] = "World" }, "Hello, World!\n")
  end
end
function envoy_on_response(handle)
  log(handle, " <- ")
end"#
);

const LUA_CALLOUT: &str = r#"function envoy_on_request(handle)
  local headers, body = handle:httpCall("httpbin",
    { [":method"] = "GET", [":path"] = "/bytes/1", [":authority"] = "httpbin.org" }, "", 1000)
  if #body == 0 or string.byte(body, 1) % 2 ~= 0 then
    handle:logInfo("Access forbidden.")
    handle:respond({ [":status"] = "403", ["powered-by"] = "lua" }, "Access forbidden.\n")
  else
    handle:logInfo("Access granted.")
  end
end
function envoy_on_response(handle)
  handle:headers():replace("powered-by", "lua")
end"#;

const LUA_BODY: &str = r#"function envoy_on_response(handle)
  local body = handle:body()
  local text = body:getBytes(0, body:length())
  if string.find(text, "secret", 1, true) then
    body:setBytes("Original message body (" .. #text .. " bytes) redacted.\n")
  end
end"#;

fn header_mutation() -> Option<(&'static str, Value)> {
    let config = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        "mutations": { "response_mutations": [{ "append": {
            "header": { "key": "x-hello", "value": "world" },
            "append_action": "APPEND_IF_EXISTS_OR_ADD",
        } }] },
    });
    Some(("envoy.filters.http.header_mutation", config))
}

impl Job {
    pub(crate) fn all() -> Vec<Self> {
        let hello = Answers::Directly("hello world\n");
        let header = |name, sent, answers, requests| Self {
            name,
            filter: "add-header",
            lua: LUA_HEADER,
            native: header_mutation,
            sent,
            answers,
            times: 20,
            requests,
        };
        vec![
            header("add a header", Sent::get("/"), hello, 2000),
            header("a body of 1 KB passes", Sent::post(1 << 10), Answers::Upstream, 1000),
            header("a body of 64 KB passes", Sent::post(64 << 10), Answers::Upstream, 400),
            header("a body of 1 MB passes", Sent::post(1 << 20), Answers::Upstream, 40),
            Self {
                name: "read all headers, log at info",
                filter: "http-headers",
                lua: LUA_HEADERS,
                native: || None,
                sent: Sent::get("/"),
                answers: hello,
                times: 20,
                requests: 1000,
            },
            Self {
                name: "answer locally",
                filter: "http-headers",
                lua: LUA_REPLY,
                native: || None,
                sent: Sent::get("/hello"),
                answers: hello,
                times: 1,
                requests: 4000,
            },
            Self {
                name: "call a service, and wait for it",
                filter: "http-auth-random",
                lua: LUA_CALLOUT,
                native: || None,
                sent: Sent::get("/"),
                answers: hello,
                times: 20,
                requests: 200,
            },
            Self {
                name: "rewrite a response's body",
                filter: "http-body",
                lua: LUA_BODY,
                native: || None,
                sent: Sent::get("/"),
                answers: Answers::Directly("a secret that nobody should see\n"),
                times: 1,
                requests: 4000,
            },
        ]
    }

    /// What it is called, with how often it is done.
    pub(crate) fn title(&self) -> String {
        match self.times {
            1 => format!("{} (1 filter)", self.name),
            times => format!("{} ({times} filters)", self.name),
        }
    }

    /// Nothing first, and then who does the job.
    pub(crate) fn contenders(&self, subjects: &[Subject]) -> Vec<(String, Filter)> {
        let mut contenders = vec![("nothing".to_owned(), Filter::None)];
        for Subject { variant, path, .. } in
            subjects.iter().filter(|subject| subject.filter == self.filter)
        {
            contenders.push((variant.clone(), Filter::Module(path.clone())));
        }
        contenders.push(("lua".to_owned(), Filter::Lua(self.lua)));
        if let Some((name, config)) = (self.native)() {
            contenders.push(("native".to_owned(), Filter::Native(name, config)));
        }
        contenders
    }
}
