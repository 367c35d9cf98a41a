;; Logs from one of the two memories that it exports: hosts read the last one.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "first") 1)
  (memory (export "last") 1)
  (data (memory 0) (i32.const 16) "first")
  (data (memory 1) (i32.const 16) "last.")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $log (i32.const 2) (i32.const 16) (i32.const 5)))
    i32.const 0))
