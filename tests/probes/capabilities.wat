;; Answers with the statuses of proxy_log, proxy_add_header_map_value (to the request) and WASI's
;; clock_time_get and random_get, as letters: of the former from `a`, of the latter from character 31. Says so when it sees the response's headers.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value"
    (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "seen")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (i32.store8 (i32.const 16) (i32.add (i32.const 97)
      (call $log (i32.const 2) (i32.const 0) (i32.const 4))))
    (i32.store8 (i32.const 17) (i32.add (i32.const 97)
      (call $add (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4))))
    (i32.store8 (i32.const 18) (i32.add (i32.const 31)
      (call $time (i32.const 0) (i64.const 0) (i32.const 64))))
    (i32.store8 (i32.const 19) (i32.add (i32.const 31)
      (call $random (i32.const 72) (i32.const 4))))
    (call $reply (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 16) (i32.const 4)
      (i32.const 0) (i32.const 0) (i32.const -1)))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (call $replace (i32.const 2) (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4))))
