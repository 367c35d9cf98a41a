;; Asks another service for a random byte, and lets a request through where it is even.
(module
  (import "env" "proxy_log"
    (func $log (param $level i32) (param $message i32) (param $message_size i32) (result i32)))
  (import "env" "proxy_http_call"
    (func $http_call (param $cluster i32) (param $cluster_size i32)
                     (param $headers i32) (param $headers_size i32)
                     (param $body i32) (param $body_size i32)
                     (param $trailers i32) (param $trailers_size i32)
                     (param $timeout i32) (param $token i32) (result i32)))
  (import "env" "proxy_set_effective_context"
    (func $set_effective_context (param $context i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes"
    (func $get_buffer (param $buffer i32) (param $start i32) (param $size i32)
                      (param $bytes i32) (param $bytes_size i32) (result i32)))
  (import "env" "proxy_continue_stream"
    (func $continue_stream (param $stream i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $respond (param $status i32) (param $details i32) (param $details_size i32)
                   (param $body i32) (param $body_size i32)
                   (param $headers i32) (param $headers_size i32)
                   (param $grpc_status i32) (result i32)))
  (import "env" "proxy_replace_header_map_value"
    (func $replace_header (param $map i32) (param $name i32) (param $name_size i32)
                          (param $value i32) (param $value_size i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0    a pointer and a size that nobody reads
  ;; 4    the byte that decides
  ;; 5    "Access forbidden.", and with the newline the body that says so
  ;; 23   "Access granted."
  ;; 38   the headers of a local reply, 34 bytes, with the name at 50 and the value at 61
  ;; 72   the callout's headers, 78 bytes, with the cluster's name at 138
  ;; 152  the streams that wait, 8 bytes each: a token and the stream's context
  (data (i32.const 5)
    "Access forbidden.\0a"
    "Access granted."
    "\01\00\00\00" "\0a\00\00\00" "\0a\00\00\00" "Powered-By\00proxy-wasm\00"
    "\03\00\00\00"
    "\07\00\00\00" "\03\00\00\00" "\05\00\00\00" "\08\00\00\00" "\0a\00\00\00" "\0b\00\00\00"
    ":method\00GET\00" ":path\00/bytes/1\00" ":authority\00httpbin.org")
  (global $end_of_waiting (mut i32) (i32.const 152))

  (func (export "proxy_abi_version_0_2_1"))

  ;; The host is asked for one byte.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    i32.const 4)

  (func $forbid
    i32.const 2 ;; info
    i32.const 5
    i32.const 17
    call $log
    drop
    i32.const 403
    i32.const 0
    i32.const 0
    i32.const 5
    i32.const 18
    i32.const 38
    i32.const 34
    i32.const -1
    call $respond
    drop)

  (func (export "proxy_on_request_headers")
    (param $context i32) (param $num_headers i32) (param $end_of_stream i32) (result i32)
    ;; Room for one more: asked for a negative number of pages, `memory.grow` does nothing. Where
    ;; memory cannot grow, the host has nowhere to write the token to, and makes no callout.
    global.get $end_of_waiting
    i32.const 65543 ;; a page and 8 bytes, less one
    i32.add
    i32.const 16
    i32.shr_u
    memory.size
    i32.sub
    memory.grow
    drop
    i32.const 138
    i32.const 7
    i32.const 72
    i32.const 78
    i32.const 0
    i32.const 0
    i32.const 0
    i32.const 0
    i32.const 1000
    global.get $end_of_waiting
    call $http_call
    if
      call $forbid
    else
      global.get $end_of_waiting
      local.get $context
      i32.store offset=4
      global.get $end_of_waiting
      i32.const 8
      i32.add
      global.set $end_of_waiting
    end
    i32.const 1)

  (func (export "proxy_on_http_call_response")
    (param $at i32) (param $token i32)
    (param $num_headers i32) (param $body_size i32) (param $num_trailers i32)
    ;; The plugin context gives way to where we look.
    global.get $end_of_waiting
    local.set $at
    loop $search
      local.get $at
      i32.const 152
      i32.eq
      br_if 1
      local.get $at
      i32.const 8
      i32.sub
      local.tee $at
      i32.load
      local.get $token
      i32.ne
      br_if $search
    end
    ;; This fails for a stream that is gone. The last one takes its place in either case.
    local.get $at
    i32.load offset=4
    call $set_effective_context
    local.get $at
    global.get $end_of_waiting
    i32.const 8
    i32.sub
    global.set $end_of_waiting
    global.get $end_of_waiting
    i64.load
    i64.store
    br_if 0
    ;; Odd, unless the host has something else to write there.
    i32.const 4
    i32.const 1
    i32.store8
    i32.const 4 ;; the answer's body
    i32.const 0
    i32.const 1
    i32.const 0
    i32.const 0
    call $get_buffer
    drop
    i32.const 0
    i32.load8_u offset=4
    i32.ctz ;; 0 of odd numbers only
    if
      i32.const 2 ;; info
      i32.const 23
      i32.const 15
      call $log
      drop
      i32.const 0 ;; the request
      call $continue_stream
      drop
    else
      call $forbid
    end)

  ;; The host may know a stream for some time after this, but must not be told to continue it: it waits no
  ;; more. The last one takes its place.
  (func (export "proxy_on_delete") (param $context i32)
    (local $at i32)
    i32.const 152
    local.set $at
    loop $search
      local.get $at
      global.get $end_of_waiting
      i32.eq
      br_if 1
      local.get $at
      i32.load offset=4
      local.get $context
      i32.eq
      if
        local.get $at
        global.get $end_of_waiting
        i32.const 8
        i32.sub
        global.set $end_of_waiting
        global.get $end_of_waiting
        i64.load
        i64.store
        br $search
      end
      local.get $at
      i32.const 8
      i32.add
      local.set $at
      br $search
    end)

  (func (export "proxy_on_response_headers")
    (param $context i32) (param $num_headers i32) (param $end_of_stream i32) (result i32)
    i32.const 2 ;; the response's headers
    i32.const 50
    i32.const 10
    i32.const 61
    i32.const 10
    call $replace_header
    drop
    i32.const 0))
