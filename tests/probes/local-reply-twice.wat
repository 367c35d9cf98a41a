;; Answers the request with 403, and on the way back with 500.
(module
  (import "env" "proxy_send_local_response"
    (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "firstsecond")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $reply (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 16) (i32.const 5)
      (i32.const 0) (i32.const 0) (i32.const -1)))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (call $reply (i32.const 500) (i32.const 0) (i32.const 0) (i32.const 21) (i32.const 6)
      (i32.const 0) (i32.const 0) (i32.const -1))))
