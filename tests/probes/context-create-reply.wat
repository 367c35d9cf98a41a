;; Answers a request already in proxy_on_context_create.
(module
  (import "env" "proxy_send_local_response"
    (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func $say (param $letter i32)
    (i32.store8 (i32.const 256) (local.get $letter))
    (drop (call $log (i32.const 2) (i32.const 256) (i32.const 1))))
  (func (export "proxy_on_context_create") (param i32 i32)
    (if (local.get 1) (then
      (call $say (i32.const 99))
      (drop (call $reply (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 256) (i32.const 1)
        (i32.const 0) (i32.const 0) (i32.const -1))))))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $say (i32.const 113))
    i32.const 0)
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (call $say (i32.const 115))
    i32.const 0)
  (func (export "proxy_on_log") (param i32) (call $say (i32.const 108))))
