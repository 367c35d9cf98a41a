// What the host offers, as far as the guest needs it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#define IMPORT(name) extern "C" __attribute__((import_module("env"), import_name(#name)))
#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

enum Level : uint32_t { Info = 2 };
enum Map : uint32_t { RequestHeaders = 0, ResponseHeaders = 2, AnswerHeaders = 6 };
enum Buffer : uint32_t { RequestBody = 0, ResponseBody = 1, AnswerBody = 4, Configuration = 7 };
enum Action : uint32_t { Continue = 0, Pause = 1 };
enum Metric : uint32_t { Counter = 0 };
enum Direction : uint32_t { Request = 0 };

using Bytes = const char *;
IMPORT(proxy_log) uint32_t proxy_log(Level, Bytes, size_t);
IMPORT(proxy_set_tick_period_milliseconds) uint32_t proxy_set_tick_period_milliseconds(uint32_t);
IMPORT(proxy_get_property) uint32_t proxy_get_property(Bytes, size_t, char **, size_t *);
IMPORT(proxy_get_header_map_value)
uint32_t proxy_get_header_map_value(Map, Bytes, size_t, char **, size_t *);
IMPORT(proxy_get_header_map_pairs) uint32_t proxy_get_header_map_pairs(Map, char **, size_t *);
IMPORT(proxy_add_header_map_value)
uint32_t proxy_add_header_map_value(Map, Bytes, size_t, Bytes, size_t);
IMPORT(proxy_remove_header_map_value) uint32_t proxy_remove_header_map_value(Map, Bytes, size_t);
IMPORT(proxy_get_buffer_bytes)
uint32_t proxy_get_buffer_bytes(Buffer, size_t, size_t, char **, size_t *);
IMPORT(proxy_set_buffer_bytes)
uint32_t proxy_set_buffer_bytes(Buffer, size_t, size_t, Bytes, size_t);
IMPORT(proxy_send_local_response)
uint32_t proxy_send_local_response(uint32_t, Bytes, size_t, Bytes, size_t, Bytes, size_t, int32_t);
IMPORT(proxy_http_call)
uint32_t proxy_http_call(Bytes, size_t, Bytes, size_t, Bytes, size_t, Bytes, size_t, uint32_t,
                         uint32_t *);
IMPORT(proxy_set_effective_context) uint32_t proxy_set_effective_context(uint32_t);
IMPORT(proxy_continue_stream) uint32_t proxy_continue_stream(Direction);
IMPORT(proxy_define_metric) uint32_t proxy_define_metric(Metric, Bytes, size_t, uint32_t *);
IMPORT(proxy_increment_metric) uint32_t proxy_increment_metric(uint32_t, int64_t);

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The bytes that a hostcall gives, which lie in memory of `malloc`; none if it fails.
template <typename Call> std::string given(Call call) {
  char *data = nullptr;
  size_t size = 0;
  if (call(&data, &size) != 0) return {};
  std::string bytes(data, size);
  free(data);
  return bytes;
}

inline std::string header(Map map, std::string_view name) {
  return given([&](char **data, size_t *size) {
    return proxy_get_header_map_value(map, name.data(), name.size(), data, size);
  });
}

inline std::string property(std::string_view path) {
  return given([&](char **data, size_t *size) {
    return proxy_get_property(path.data(), path.size(), data, size);
  });
}

inline std::string buffer(Buffer which, size_t length) {
  return given([&](char **data, size_t *size) {
    return proxy_get_buffer_bytes(which, 0, length, data, size);
  });
}

inline Pairs pairs(Map map) {
  auto bytes = given(
      [&](char **data, size_t *size) { return proxy_get_header_map_pairs(map, data, size); });
  if (bytes.empty()) return {};
  auto sizes = reinterpret_cast<const uint32_t *>(bytes.data());
  Pairs found(*sizes++);
  auto text = reinterpret_cast<const char *>(sizes + 2 * found.size());
  for (auto &[name, value] : found) {
    for (auto part : {&name, &value}) {
      part->assign(text, *sizes);
      text += *sizes++ + 1;
    }
  }
  return found;
}

inline std::string serialized(const Pairs &pairs) {
  std::vector<uint32_t> sizes{static_cast<uint32_t>(pairs.size())};
  std::string text;
  for (const auto &[name, value] : pairs) {
    for (auto part : {&name, &value}) {
      sizes.push_back(part->size());
      text.append(*part).push_back('\0');
    }
  }
  return std::string(reinterpret_cast<const char *>(sizes.data()), 4 * sizes.size()) + text;
}

inline void add(Map map, std::string_view name, std::string_view value) {
  proxy_add_header_map_value(map, name.data(), name.size(), value.data(), value.size());
}

inline void remove(Map map, std::string_view name) {
  proxy_remove_header_map_value(map, name.data(), name.size());
}

inline void log(std::string_view message) { proxy_log(Info, message.data(), message.size()); }

inline Action reply(uint32_t status, std::string_view body) {
  auto headers = serialized({{"x-reply", "local"}});
  proxy_send_local_response(status, "", 0, body.data(), body.size(), headers.data(),
                            headers.size(), -1);
  return Pause;
}
