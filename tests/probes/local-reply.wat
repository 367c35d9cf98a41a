;; Answers the request itself, with two headers, and a status among them that the host ignores; what it
;; returns does not count. The answer comes back through its own response callbacks.
(module
  (import "env" "proxy_send_local_response"
    (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value"
    (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "no\n")
  (data (i32.const 32)
    "\03\00\00\00" "\03\00\00\00\01\00\00\00" "\01\00\00\00\00\00\00\00" "\07\00\00\00\03\00\00\00"
    "X-A\001\00" "b\00\00" ":status\00200\00")
  (data (i32.const 96) "x-seenheadersx-body")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 1024)
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $reply (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 16) (i32.const 3)
      (i32.const 32) (i32.const 49) (i32.const -1)))
    i32.const 0)
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $add (i32.const 2) (i32.const 96) (i32.const 6) (i32.const 102) (i32.const 7)))
    i32.const 0))
