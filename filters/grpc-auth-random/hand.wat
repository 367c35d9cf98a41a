;; Asks another gRPC service, which fails with a random status, and lets a gRPC request through where
;; that is even.
(module
  (import "env" "proxy_log"
    (func $log (param $level i32) (param $message i32) (param $message_size i32) (result i32)))
  (import "env" "proxy_get_header_map_value"
    (func $get_header (param $map i32) (param $name i32) (param $name_size i32)
                      (param $value i32) (param $value_size i32) (result i32)))
  (import "env" "proxy_replace_header_map_value"
    (func $replace_header (param $map i32) (param $name i32) (param $name_size i32)
                          (param $value i32) (param $value_size i32) (result i32)))
  (import "env" "proxy_grpc_call"
    (func $grpc_call (param $target i32) (param $target_size i32)
                     (param $service i32) (param $service_size i32)
                     (param $method i32) (param $method_size i32)
                     (param $metadata i32) (param $metadata_size i32)
                     (param $message i32) (param $message_size i32)
                     (param $timeout i32) (param $token i32) (result i32)))
  (import "env" "proxy_set_effective_context"
    (func $set_effective_context (param $context i32) (result i32)))
  (import "env" "proxy_continue_stream"
    (func $continue_stream (param $stream i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $respond (param $status i32) (param $details i32) (param $details_size i32)
                   (param $body i32) (param $body_size i32)
                   (param $headers i32) (param $headers_size i32)
                   (param $grpc_status i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0    a pointer and a size that nobody reads
  ;; 4    ":path"
  ;; 9    the headers of a local reply, 34 bytes, with the name at 21 and the value at 32
  ;; 43   a GrpcService { envoy_grpc { cluster_name: "grpcbin" } }, whose last 7 bytes are the
  ;;      beginning of the service's name at 47
  ;; 62   what a content type begins with, whose last 5 bytes are the beginning of the path of the
  ;;      reflection API at 73
  ;; 89   "content-type"
  ;; 101  the method's name, 11 bytes
  ;; 112  "Access granted."
  ;; 127  "Access forbidden."
  ;; 144  the gRPC message that says so, 22 bytes
  ;; 166  the body for other clients, 41 bytes
  ;; 208  the streams that wait, 8 bytes each: a token and the stream's context
  ;; then room for one more, and for a header's value
  (data (i32.const 4)
    ":path"
    "\01\00\00\00" "\0a\00\00\00" "\0a\00\00\00" "Powered-By\00proxy-wasm\00"
    "\0a\09\0a\07grpcbin.GRPCBin"
    "application/grpc.reflection"
    "content-type"
    "RandomError"
    "Access granted."
    "Access forbidden."
    "Aborted by Proxy-Wasm!"
    "Service accessible only to gRPC clients.\0a")
  (global $end_of_waiting (mut i32) (i32.const 208))

  (func (export "proxy_abi_version_0_2_1"))

  ;; A header's value takes the place of the last: nothing is there to free. There is always room
  ;; for one more stream, and this makes it for another one, and for the value. Memory grows if
  ;; there is too little; asked for a negative number of pages, `memory.grow` does nothing. Where it
  ;; cannot grow, this returns 0.
  (func $allocate (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (local $pages i32)
    global.get $end_of_waiting
    local.get $size
    i32.add
    i32.const 65559 ;; a page and 24 bytes, less one
    i32.add
    i32.const 16
    i32.shr_u
    local.tee $pages
    memory.size
    i32.sub
    memory.grow
    drop
    global.get $end_of_waiting
    memory.size
    local.get $pages
    i32.ge_u
    i32.mul)

  ;; Whether a header of the request begins with these 16 bytes.
  (func $begins (param $name i32) (param $name_size i32) (param $beginning i32) (result i32)
    ;; Of a value that is shorter or not there, at least this byte differs.
    global.get $end_of_waiting
    i32.const 0
    i32.store8 offset=15
    i32.const 0 ;; the request's headers
    local.get $name
    local.get $name_size
    i32.const 0
    i32.const 0
    call $get_header
    drop
    global.get $end_of_waiting
    i64.load
    local.get $beginning
    i64.load
    i64.eq
    global.get $end_of_waiting
    i64.load offset=8
    local.get $beginning
    i64.load offset=8
    i64.eq
    i32.and)

  (func $forbid
    i32.const 2 ;; info
    i32.const 127
    i32.const 17
    call $log
    drop
    i32.const 200
    i32.const 0
    i32.const 0
    i32.const 144
    i32.const 22
    i32.const 9
    i32.const 34
    i32.const 10 ;; ABORTED
    call $respond
    drop)

  (func (export "proxy_on_request_headers")
    (param $context i32) (param $num_headers i32) (param $end_of_stream i32) (result i32)
    block $pause
      i32.const 89
      i32.const 12
      i32.const 62
      call $begins
      i32.eqz
      if
        i32.const 503
        i32.const 0
        i32.const 0
        i32.const 166
        i32.const 41
        i32.const 9
        i32.const 34
        i32.const -1
        call $respond
        drop
        br $pause
      end
      i32.const 0
      i32.const 4
      i32.const 5
      i32.const 73
      call $begins
      br_if 1
      call $allocate
      if
        i32.const 43
        i32.const 11
        i32.const 47
        i32.const 15
        i32.const 101
        i32.const 11
        i32.const 0
        i32.const 0
        i32.const 0
        i32.const 0
        i32.const 1000
        global.get $end_of_waiting
        call $grpc_call
        i32.eqz
        if
          global.get $end_of_waiting
          local.get $context
          i32.store offset=4
          global.get $end_of_waiting
          i32.const 8
          i32.add
          global.set $end_of_waiting
          br $pause
        end
      end
      call $forbid
    end
    i32.const 1)

  ;; A message says that the call went well: the status is 0.
  (func (export "proxy_on_grpc_receive") (param $context i32) (param $token i32) (param $size i32)
    local.get $context
    local.get $token
    i32.const 0
    call $close)

  (func $close (export "proxy_on_grpc_close")
    (param $at i32) (param $token i32) (param $status i32)
    ;; The plugin context gives way to where we look.
    global.get $end_of_waiting
    local.set $at
    loop $search
      local.get $at
      i32.const 208
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
    local.get $status
    i32.ctz ;; 0 of odd numbers only
    if
      i32.const 2 ;; info
      i32.const 112
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
    i32.const 208
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
    i32.const 21
    i32.const 10
    i32.const 32
    i32.const 10
    call $replace_header
    drop
    i32.const 0))
