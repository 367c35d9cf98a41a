;; Closes a stream, of a request or, where its plugin configuration is r, of a response, and logs the stream's
;; details, within the callback and in proxy_on_log.
(module
  (import "env" "proxy_close_stream" (func $close (param i32) (result i32)))
  (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $mode (mut i32) (i32.const 0))
  (data (i32.const 512) "response\00code_details")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func $show
    (i32.store8 (i32.const 64) (i32.add (i32.const 48)
      (call $property (i32.const 512) (i32.const 21) (i32.const 0) (i32.const 4))))
    (drop (call $log (i32.const 2) (i32.const 64) (i32.const 1)))
    (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 48)) (then
      (drop (call $log (i32.const 2) (i32.load (i32.const 0)) (i32.load (i32.const 4)))))))
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (global.set $mode (local.get 1))
    i32.const 1)
  (func $closes (param $side i32) (result i32)
    (if (i32.ne (global.get $mode) (local.get $side)) (then (return (i32.const 0))))
    (drop (call $close (local.get $side)))
    (call $show)
    i32.const 1)
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $closes (i32.const 0)))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (call $closes (i32.const 1)))
  (func (export "proxy_on_log") (param i32) (call $show)))
