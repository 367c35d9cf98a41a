;; Shows a suite what a plugin gets from the host, and acts as the header `do` says.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_log_level" (func $level (param i32) (result i32)))
  (import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
  (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_size" (func $count (param i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value" (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_header_map_pairs" (func $set (param i32 i32 i32) (result i32)))
  (import "env" "proxy_set_buffer_bytes" (func $write (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "create") (data (i32.const 16) "start") (data (i32.const 32) "configure")
  (data (i32.const 48) "done") (data (i32.const 64) "delete") (data (i32.const 80) "chunk")
  (data (i32.const 96) "Level") (data (i32.const 112) "Time") (data (i32.const 128) "Count")
  (data (i32.const 144) "a\00b") (data (i32.const 160) "Property") (data (i32.const 176) "do")
  (data (i32.const 192) "Via") (data (i32.const 208) "1.1 whit") (data (i32.const 224) "!")
  (data (i32.const 240) "no entry") (data (i32.const 256) "sorry")
  ;; Pairs: Set-Cookie: a, set-cookie: b.
  (data (i32.const 272) "\02\00\00\00\0a\00\00\00\01\00\00\00\0a\00\00\00\01\00\00\00Set-Cookie\00a\00set-cookie\00b\00")
  (global $free (mut i32) (i32.const 1024))
  (global $done (mut i32) (i32.const 0))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    global.get $free
    (global.set $free (i32.add (global.get $free) (local.get $size))))

  (func $info (param $text i32) (param $size i32)
    (drop (call $log (i32.const 2) (local.get $text) (local.get $size))))
  ;; Puts what lies at 512 into a header of the request.
  (func $show (param $name i32) (param $name_size i32) (param $size i32)
    (drop (call $add (i32.const 0) (local.get $name) (local.get $name_size) (i32.const 512) (local.get $size))))
  ;; The first byte of the header `do` of a map, which says what to do; 0 without one.
  (func $do (param $map i32) (result i32)
    (if (result i32)
      (call $get (local.get $map) (i32.const 176) (i32.const 2) (i32.const 520) (i32.const 524))
      (then (i32.const 0))
      (else (i32.load8_u (i32.load (i32.const 520))))))
  (func $answer (result i32)
    (drop (call $reply (i32.const 403) (i32.const 240) (i32.const 8) (i32.const 256) (i32.const 5)
      (i32.const 272) (i32.const 46) (i32.const 7)))
    (i32.const 0))

  (func (export "proxy_on_context_create") (param $id i32) (param $parent i32)
    (call $info (i32.const 0) (i32.const 6)))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
    ;; At debug.
    (drop (call $log (i32.const 1) (i32.const 16) (i32.const 5)))
    (i32.const 1))
  ;; Refuses a configuration of one byte.
  (func (export "proxy_on_configure") (param i32) (param $size i32) (result i32)
    (call $info (i32.const 32) (i32.const 9))
    (i32.ne (local.get $size) (i32.const 1)))
  (func (export "proxy_on_done") (param $id i32) (result i32)
    (call $info (i32.const 48) (i32.const 4))
    (i32.const 1))
  (func (export "proxy_on_delete") (param $id i32)
    (call $info (i32.const 64) (i32.const 6))
    (if (i32.eq (global.get $done) (i32.const 0x65)) (then unreachable))) ;; end
  ;; A stream has none here.
  (func (export "proxy_on_log") (param $id i32) unreachable)

  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (local $do i32)
    (drop (call $count (i32.const 0) (i32.const 512)))
    (call $show (i32.const 128) (i32.const 5) (i32.const 4))
    (drop (call $level (i32.const 512)))
    (call $show (i32.const 96) (i32.const 5) (i32.const 4))
    (drop (call $time (i32.const 512)))
    (call $show (i32.const 112) (i32.const 4) (i32.const 8))
    (if (i32.eqz (call $property (i32.const 144) (i32.const 3) (i32.const 512) (i32.const 516)))
      (then (drop (call $add (i32.const 0) (i32.const 160) (i32.const 8)
        (i32.load (i32.const 512)) (i32.load (i32.const 516))))))
    (local.set $do (call $do (i32.const 0)))
    (global.set $done (local.get $do))
    (if (i32.eq (local.get $do) (i32.const 0x72)) (then (return (call $answer)))) ;; reply
    (if (i32.eq (local.get $do) (i32.const 0x74)) (then unreachable)) ;; trap
    (i32.eq (local.get $do) (i32.const 0x70))) ;; pause
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $add (i32.const 2) (i32.const 192) (i32.const 3) (i32.const 208) (i32.const 8)))
    (if (i32.eq (call $do (i32.const 2)) (i32.const 0x73)) ;; set
      (then (drop (call $set (i32.const 2) (i32.const 272) (i32.const 46)))))
    (i32.const 2))
  (func $body (param $buffer i32) (param $size i32)
    (call $info (i32.const 80) (i32.const 5))
    (drop (call $write (local.get $buffer) (local.get $size) (i32.const 0) (i32.const 224) (i32.const 1)))
    (if (i32.eq (local.get $size) (i32.const 5)) (then (drop (call $answer)))))
  ;; A body of five bytes is answered.
  (func (export "proxy_on_request_body") (param $id i32) (param $size i32) (param $end i32) (result i32)
    (call $body (i32.const 0) (local.get $size))
    (i32.eqz (local.get $end)))
  (func (export "proxy_on_response_body") (param $id i32) (param $size i32) (param $end i32) (result i32)
    (call $body (i32.const 1) (local.get $size))
    (i32.eqz (local.get $end))))
