;; Adds `x-hello: world` to every response.
(module
  (import "env" "proxy_add_header_map_value"
    (func $add (param $map i32) (param $name i32) (param $name_size i32)
               (param $value i32) (param $value_size i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "x-helloworld")
  (func (export "proxy_abi_version_0_2_1"))
  ;; No hostcall here returns bytes, so the host never asks.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    i32.const 0)
  (func (export "proxy_on_response_headers")
    (param $context i32) (param $num_headers i32) (param $end_of_stream i32) (result i32)
    i32.const 2 ;; the response's headers
    i32.const 0
    i32.const 7
    i32.const 7
    i32.const 5
    call $add
    ;; Not returned as the action: where the host cannot add it, the response goes on without.
    drop
    i32.const 0))
