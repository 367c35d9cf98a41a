// The foreign guest in Go, on no SDK: `../cases.toml` says what it does.
package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"time"
)

type stream struct{ path string }

var (
	configuration string
	requests      uint32
	ticks         int
	streams       = map[uint32]*stream{}
	// Who waits for the answer to a callout, by its token.
	waiting = map[uint32]uint32{}
)

func main() {}

//go:wasmexport proxy_on_configure
func onConfigure(_, size uint32) uint32 {
	configuration = buffer(pluginConfiguration, size)
	defineMetric(counter, "foreign_requests", &requests)
	switch configuration {
	case "refuse":
		return 0
	case "tick":
		setTickPeriod(50)
	}
	return 1
}

//go:wasmexport proxy_on_tick
func onTick(uint32) {
	ticks++
	log("tick %d", ticks)
}

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(id, _, _ uint32) uint32 {
	incrementMetric(requests, 1)
	path := header(requestHeaders, ":path")
	streams[id] = &stream{path}
	switch {
	case path == "/local":
		return reply(418, "short and stout\n")
	case strings.HasPrefix(path, "/call"):
		return call(id)
	case path == "/wasi":
		return reply(200, wasi())
	case path == "/panic":
		panic("a guest gives up")
	case path == "/shout":
		removeHeader(requestHeaders, "content-length")
	}
	addHeader(requestHeaders, "x-names", names(pairs(requestHeaders)))
	return proceed
}

//go:wasmexport proxy_on_request_body
func onRequestBody(id, size, end uint32) uint32 {
	if streams[id].path != "/shout" {
		return proceed
	}
	if end == 0 {
		return pause
	}
	shouted := strings.ToUpper(buffer(requestBody, size)) + "!"
	setBuffer(requestBody, 0, size, shouted)
	log("%d bytes shouted", len(shouted))
	return proceed
}

//go:wasmexport proxy_on_response_headers
func onResponseHeaders(id, _, _ uint32) uint32 {
	addHeader(responseHeaders, "x-greeting", configuration)
	if streams[id].path == "/sign" {
		removeHeader(responseHeaders, "content-length")
	}
	return proceed
}

//go:wasmexport proxy_on_response_body
func onResponseBody(id, size, end uint32) uint32 {
	if streams[id].path == "/sign" && end != 0 {
		setBuffer(responseBody, size, 0, "signed\n")
	}
	return proceed
}

//go:wasmexport proxy_on_log
func onLog(id uint32) {
	status := header(responseHeaders, ":status")
	log("%s %s %s", property("request", "method"), streams[id].path, status)
}

//go:wasmexport proxy_on_delete
func onDelete(id uint32) {
	delete(streams, id)
}

func call(id uint32) uint32 {
	headers := serialized(
		pair{":method", "POST"}, pair{":path", "/check"}, pair{":authority", "auth"},
	)
	var token uint32
	if httpCall("auth", headers, "may it pass?", "", 1000, &token) != 0 {
		return reply(500, "no call\n")
	}
	waiting[token] = id
	return pause
}

//go:wasmexport proxy_on_http_call_response
func onHttpCallResponse(_, token, _, size, _ uint32) {
	id := waiting[token]
	delete(waiting, token)
	body, user := buffer(answerBody, size), header(answerHeaders, "x-user")
	setEffectiveContext(id)
	if body != "yes" {
		reply(403, "forbidden\n")
		return
	}
	addHeader(requestHeaders, "x-user", user)
	continueStream(requestStream)
}

// The names that begin with `x-a`, in order.
func names(pairs []pair) string {
	var found []string
	for _, pair := range pairs {
		if strings.HasPrefix(pair.name, "x-a") {
			found = append(found, pair.name)
		}
	}
	return strings.Join(found, ",")
}

// What the guest's standard library finds out about the world.
func wasi() string {
	clock, random := "no clock", "no randomness"
	if began := time.Now(); began.Unix() > 1_700_000_000 && time.Since(began) >= 0 {
		clock = "a clock"
	}
	if rand.Text() != rand.Text() {
		random = "randomness"
	}
	fmt.Fprintln(os.Stderr, "to standard error")
	return fmt.Sprintf("%s, %s, %s\n", os.Getenv("NAME"), clock, random)
}

func log(format string, values ...any) {
	proxyLog(info, fmt.Sprintf(format, values...))
}
