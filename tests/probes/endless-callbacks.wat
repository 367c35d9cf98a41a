;; Each callback leads to the next, one within the other: a call to a cluster that is not there ends as
;; soon as the callback that makes it, and that end makes another.
(module
  (import "env" "proxy_grpc_call" (func $grpc_call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 520) "\0a\06\0a\04nope")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func $call (drop (call $grpc_call (i32.const 520) (i32.const 8) (i32.const 544) (i32.const 1)
      (i32.const 560) (i32.const 1) (i32.const 576) (i32.const 0) (i32.const 600) (i32.const 0)
      (i32.const 0) (i32.const 8))))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $call) i32.const 0)
  (func (export "proxy_on_grpc_close") (param i32 i32 i32) (call $call)))
