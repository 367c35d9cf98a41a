package main

import (
	"encoding/binary"
	"strings"
	"unsafe"
)

// The numbers of the ABI that the guest needs.
const (
	info = 2

	requestHeaders  = 0
	responseHeaders = 2
	answerHeaders   = 6

	requestBody         = 0
	responseBody        = 1
	answerBody          = 4
	pluginConfiguration = 7

	proceed       = 0
	pause         = 1
	requestStream = 0
	counter       = 0
)

//go:wasmimport env proxy_log
func proxyLog(level uint32, message string) uint32

//go:wasmimport env proxy_set_tick_period_milliseconds
func setTickPeriod(milliseconds uint32) uint32

//go:wasmimport env proxy_get_property
func getProperty(path string, data, size *uint32) uint32

//go:wasmimport env proxy_get_header_map_value
func getHeader(headers uint32, name string, data, size *uint32) uint32

//go:wasmimport env proxy_get_header_map_pairs
func getHeaders(headers uint32, data, size *uint32) uint32

//go:wasmimport env proxy_add_header_map_value
func addHeader(headers uint32, name, value string) uint32

//go:wasmimport env proxy_remove_header_map_value
func removeHeader(headers uint32, name string) uint32

//go:wasmimport env proxy_get_buffer_bytes
func getBuffer(buffer, start, length uint32, data, size *uint32) uint32

//go:wasmimport env proxy_set_buffer_bytes
func setBuffer(buffer, start, length uint32, bytes string) uint32

//go:wasmimport env proxy_send_local_response
func sendReply(status uint32, details, body, headers string, grpc int32) uint32

//go:wasmimport env proxy_http_call
func httpCall(cluster, headers, body, trailers string, timeout uint32, token *uint32) uint32

//go:wasmimport env proxy_set_effective_context
func setEffectiveContext(id uint32) uint32

//go:wasmimport env proxy_continue_stream
func continueStream(stream uint32) uint32

//go:wasmimport env proxy_define_metric
func defineMetric(kind uint32, name string, id *uint32) uint32

//go:wasmimport env proxy_increment_metric
func incrementMetric(id uint32, by int64) uint32

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

// What the host was given last, so that it is not collected while the host writes to it.
var allocated []byte

//go:wasmexport proxy_on_memory_allocate
func allocate(size uint32) unsafe.Pointer {
	allocated = make([]byte, size)
	return unsafe.Pointer(unsafe.SliceData(allocated))
}

// The bytes that a hostcall gives, none if it fails.
func given(call func(data, size *uint32) uint32) string {
	var data, size uint32
	if call(&data, &size) != 0 || size == 0 {
		return ""
	}
	return string(allocated[:size])
}

func header(headers uint32, name string) string {
	return given(func(data, size *uint32) uint32 { return getHeader(headers, name, data, size) })
}

func property(path ...string) string {
	joined := strings.Join(path, "\x00")
	return given(func(data, size *uint32) uint32 { return getProperty(joined, data, size) })
}

func buffer(which, size uint32) string {
	return given(func(data, out *uint32) uint32 { return getBuffer(which, 0, size, data, out) })
}

type pair struct{ name, value string }

func pairs(headers uint32) []pair {
	bytes := given(func(data, size *uint32) uint32 { return getHeaders(headers, data, size) })
	if bytes == "" {
		return nil
	}
	number := func(at uint32) uint32 { return binary.LittleEndian.Uint32([]byte(bytes[at:])) }
	found := make([]pair, number(0))
	at := uint32(4 + 8*len(found))
	next := func(size uint32) string {
		text := bytes[at : at+size]
		at += size + 1
		return text
	}
	for n := range found {
		sizes := uint32(4 + 8*n)
		found[n] = pair{next(number(sizes)), next(number(sizes + 4))}
	}
	return found
}

func serialized(pairs ...pair) string {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(pairs)))
	for _, pair := range pairs {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(pair.name)))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(pair.value)))
	}
	for _, pair := range pairs {
		out = append(out, pair.name+"\x00"+pair.value+"\x00"...)
	}
	return string(out)
}

func reply(status uint32, body string) uint32 {
	sendReply(status, "", body, serialized(pair{"x-reply", "local"}), -1)
	return pause
}
