;; Puts another body in place of the response's and leaves content-length as it was.
(module
  (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "much longer than before")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
  (func (export "proxy_on_response_body") (param $context i32) (param $size i32) (param $end i32) (result i32)
    (if (local.get $size)
      (then (drop (call $set (i32.const 1) (i32.const 0) (local.get $size) (i32.const 16)
        (select (i32.const 23) (i32.const 2) (i32.lt_u (local.get $size) (i32.const 9)))))))
    i32.const 0))
