// The foreign guest in C++, on no SDK: `../cases.toml` says what it does.

#include "host.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <random>

namespace {

std::string configuration;
uint32_t requests;
int ticks;
// The paths of streams. That a map is there at all shows that `_initialize` has run.
std::map<uint32_t, std::string> paths;
// Who waits for the answer to a callout, by its token.
std::map<uint32_t, uint32_t> waiting;

Action call(uint32_t id) {
  auto headers = serialized({{":method", "POST"}, {":path", "/check"}, {":authority", "auth"}});
  std::string_view cluster = "auth", body = "may it pass?";
  uint32_t token;
  if (proxy_http_call(cluster.data(), cluster.size(), headers.data(), headers.size(), body.data(),
                      body.size(), "", 0, 1000, &token) != 0)
    return reply(500, "no call\n");
  waiting[token] = id;
  return Pause;
}

// The names that begin with `x-a`, in order.
std::string names(const Pairs &pairs) {
  std::string found;
  for (const auto &[name, value] : pairs)
    if (name.starts_with("x-a")) found += (found.empty() ? "" : ",") + name;
  return found;
}

// What the guest's standard library finds out about the world.
std::string wasi() {
  using namespace std::chrono;
  auto since = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
  bool clock = since > 1'700'000'000 && steady_clock::now().time_since_epoch().count() > 0;
  std::random_device random;
  bool random_enough = random() != random() || random() != random();
  std::cerr << "to standard error\n";
  return std::string(std::getenv("NAME")) + (clock ? ", a clock" : ", no clock") +
         (random_enough ? ", randomness\n" : ", no randomness\n");
}

} // namespace

EXPORT(proxy_abi_version_0_2_1) void abi_version() {}

EXPORT(proxy_on_configure) uint32_t on_configure(uint32_t, size_t size) {
  std::string_view name = "foreign_requests";
  configuration = buffer(Configuration, size);
  proxy_define_metric(Counter, name.data(), name.size(), &requests);
  if (configuration == "tick") proxy_set_tick_period_milliseconds(50);
  return configuration != "refuse";
}

EXPORT(proxy_on_tick) void on_tick(uint32_t) { log("tick " + std::to_string(++ticks)); }

EXPORT(proxy_on_request_headers) Action on_request_headers(uint32_t id, uint32_t, uint32_t) {
  proxy_increment_metric(requests, 1);
  const auto &path = paths[id] = header(RequestHeaders, ":path");
  if (path == "/local") return reply(418, "short and stout\n");
  if (path.starts_with("/call")) return call(id);
  if (path == "/wasi") return reply(200, wasi());
  if (path == "/panic") {
    std::cerr << "a guest gives up\n";
    std::abort();
  }
  if (path == "/shout") remove(RequestHeaders, "content-length");
  add(RequestHeaders, "x-names", names(pairs(RequestHeaders)));
  return Continue;
}

EXPORT(proxy_on_request_body) Action on_request_body(uint32_t id, size_t size, uint32_t end) {
  if (paths[id] != "/shout") return Continue;
  if (!end) return Pause;
  auto body = buffer(RequestBody, size);
  std::ranges::transform(body, body.begin(), [](char c) { return std::toupper(c); });
  body += '!';
  proxy_set_buffer_bytes(RequestBody, 0, size, body.data(), body.size());
  log(std::to_string(body.size()) + " bytes shouted");
  return Continue;
}

EXPORT(proxy_on_response_headers) Action on_response_headers(uint32_t id, uint32_t, uint32_t) {
  add(ResponseHeaders, "x-greeting", configuration);
  if (paths[id] == "/sign") remove(ResponseHeaders, "content-length");
  return Continue;
}

EXPORT(proxy_on_response_body) Action on_response_body(uint32_t id, size_t size, uint32_t end) {
  std::string_view line = "signed\n";
  if (paths[id] == "/sign" && end)
    proxy_set_buffer_bytes(ResponseBody, size, 0, line.data(), line.size());
  return Continue;
}

EXPORT(proxy_on_http_call_response)
void on_http_call_response(uint32_t, uint32_t token, uint32_t, size_t size, uint32_t) {
  auto id = waiting.extract(token).mapped();
  auto body = buffer(AnswerBody, size), user = header(AnswerHeaders, "x-user");
  proxy_set_effective_context(id);
  if (body != "yes") {
    reply(403, "forbidden\n");
    return;
  }
  add(RequestHeaders, "x-user", user);
  proxy_continue_stream(Request);
}

EXPORT(proxy_on_log) void on_log(uint32_t id) {
  using namespace std::literals;
  log(property("request\0method"sv) + " " + paths[id] + " " + header(ResponseHeaders, ":status"));
}

EXPORT(proxy_on_delete) void on_delete(uint32_t id) { paths.erase(id); }
