// The foreign guest in AssemblyScript, on the SDK of G-Core. `../cases.toml` says what it does.

export * from "@gcoredev/proxy-wasm-sdk-as/assembly/proxy";
import {
  BaseContext,
  BufferTypeValues,
  Context,
  Counter,
  FilterDataStatusValues,
  FilterHeadersStatusValues,
  HeaderPair,
  LogLevelValues,
  RootContext,
  WasmResultValues,
  get_buffer_bytes,
  get_property,
  log,
  makeHeaderPair,
  registerRootContext,
  send_http_response,
  set_buffer_bytes,
  set_tick_period_milliseconds,
  stream_context,
} from "@gcoredev/proxy-wasm-sdk-as/assembly";

class Plugin extends RootContext {
  requests: Counter | null = null;
  ticks: u32 = 0;

  createContext(id: u32): Context {
    return new Stream(id, this);
  }

  onConfigure(size: u32): bool {
    super.onConfigure(size);
    this.requests = new Counter("foreign_requests");
    if (this.getConfiguration() == "tick") set_tick_period_milliseconds(50);
    return this.getConfiguration() != "refuse";
  }

  onTick(): void {
    this.ticks++;
    log(LogLevelValues.info, `tick ${this.ticks}`);
  }
}

class Stream extends Context {
  path: string = "";

  constructor(id: u32, private plugin: Plugin) {
    super(id, plugin);
  }

  onRequestHeaders(_count: u32, _end: bool): FilterHeadersStatusValues {
    this.plugin.requests!.increment(1);
    const headers = stream_context.headers.request;
    this.path = headers.get(":path");
    if (this.path == "/local") return reply(418, "short and stout\n");
    if (this.path.startsWith("/call")) return this.call();
    if (this.path == "/wasi") return reply(200, wasi());
    if (this.path == "/panic") throw new Error("a guest gives up");
    if (this.path == "/shout") headers.remove("content-length");
    headers.add("x-names", names(headers.get_headers()));
    return FilterHeadersStatusValues.Continue;
  }

  onRequestBody(size: usize, end: bool): FilterDataStatusValues {
    if (this.path != "/shout") return FilterDataStatusValues.Continue;
    if (!end) return FilterDataStatusValues.StopIterationAndBuffer;
    const body = get_buffer_bytes(BufferTypeValues.HttpRequestBody, 0, <u32>size);
    const shouted = String.UTF8.decode(body).toUpperCase() + "!";
    set_buffer_bytes(BufferTypeValues.HttpRequestBody, 0, <u32>size, String.UTF8.encode(shouted));
    log(LogLevelValues.info, `${shouted.length} bytes shouted`);
    return FilterDataStatusValues.Continue;
  }

  onResponseHeaders(_count: u32, _end: bool): FilterHeadersStatusValues {
    const headers = stream_context.headers.response;
    headers.add("x-greeting", this.plugin.getConfiguration());
    if (this.path == "/sign") headers.remove("content-length");
    return FilterHeadersStatusValues.Continue;
  }

  onResponseBody(size: usize, end: bool): FilterDataStatusValues {
    if (this.path == "/sign" && end) {
      const line = String.UTF8.encode("signed\n");
      set_buffer_bytes(BufferTypeValues.HttpResponseBody, <u32>size, 0, line);
    }
    return FilterDataStatusValues.Continue;
  }

  onLog(): void {
    const method = String.UTF8.decode(get_property("request\0method"));
    const status = stream_context.headers.response.get(":status");
    log(LogLevelValues.info, `${method} ${this.path} ${status}`);
  }

  private call(): FilterHeadersStatusValues {
    const headers = [
      makeHeaderPair(":method", "POST"),
      makeHeaderPair(":path", "/check"),
      makeHeaderPair(":authority", "auth"),
    ];
    const body = String.UTF8.encode("may it pass?");
    const answered = (stream: BaseContext, _headers: u32, size: usize, _trailers: u32): void => {
      const body = get_buffer_bytes(BufferTypeValues.HttpCallResponseBody, 0, <u32>size);
      const user = stream_context.headers.http_callback.get("x-user");
      (stream as Stream).answered(String.UTF8.decode(body), user);
    };
    const made = this.plugin.httpCall("auth", headers, body, [], 1000, this, answered);
    if (made != WasmResultValues.Ok) return reply(500, "no call\n");
    return FilterHeadersStatusValues.StopIteration;
  }

  answered(body: string, user: string): void {
    if (body != "yes") {
      reply(403, "forbidden\n");
      return;
    }
    stream_context.headers.request.add("x-user", user);
    this.continueRequest();
  }
}

function reply(status: u32, body: string): FilterHeadersStatusValues {
  send_http_response(status, "", String.UTF8.encode(body), [makeHeaderPair("x-reply", "local")]);
  return FilterHeadersStatusValues.StopIteration;
}

/** The names that begin with `x-a`, in order. */
function names(headers: HeaderPair[]): string {
  const found: string[] = [];
  for (let i = 0; i < headers.length; i++) {
    const name = String.UTF8.decode(headers[i].key);
    if (name.startsWith("x-a")) found.push(name);
  }
  return found.join(",");
}

/** What the guest's standard library finds out about the world. */
function wasi(): string {
  const name = process.env.get("NAME");
  const clock = Date.now() > 1_700_000_000_000 && process.hrtime() > 0 ? "a clock" : "no clock";
  const random = Math.random() != Math.random() ? "randomness" : "no randomness";
  process.stderr.write("to standard error\n");
  return `${name}, ${clock}, ${random}\n`;
}

registerRootContext((id: u32) => new Plugin(id), "");
