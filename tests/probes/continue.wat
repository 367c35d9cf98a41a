;; Asks to go on in the callback that stops: it goes on.
(module
  (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $continue (i32.const 0)))
    i32.const 1)
  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (if (local.get 2) (then (drop (call $continue (i32.const 0)))))
    i32.const 1))
