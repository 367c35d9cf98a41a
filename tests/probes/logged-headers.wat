;; Answers the request, and in proxy_on_log reads its path, changes nothing, and tells the statuses of
;; other maps.
(module
  (import "env" "proxy_send_local_response"
    (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) ":path:status")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 1024)
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $reply (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const -1)))
  (func (export "proxy_on_log") (param i32)
    (drop (call $get (i32.const 0) (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 4)))
    (drop (call $log (i32.const 2) (i32.load (i32.const 0)) (i32.load (i32.const 4))))
    (drop (call $get (i32.const 2) (i32.const 21) (i32.const 7) (i32.const 0) (i32.const 4)))
    (drop (call $log (i32.const 2) (i32.load (i32.const 0)) (i32.load (i32.const 4))))
    (i32.store8 (i32.const 64) (i32.add (i32.const 48)
      (call $get (i32.const 1) (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 4))))
    (i32.store8 (i32.const 65) (i32.add (i32.const 48)
      (call $get (i32.const 6) (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 4))))
    (drop (call $log (i32.const 2) (i32.const 64) (i32.const 2)))))
