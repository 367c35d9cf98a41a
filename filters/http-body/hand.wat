;; Replaces a response's body that holds "secret".
(module
  (import "env" "proxy_remove_header_map_value"
    (func $remove (param $map i32) (param $name i32) (param $name_size i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes"
    (func $get_buffer (param $buffer i32) (param $start i32) (param $size i32)
                      (param $bytes i32) (param $bytes_size i32) (result i32)))
  (import "env" "proxy_set_buffer_bytes"
    (func $set_buffer (param $buffer i32) (param $start i32) (param $size i32)
                      (param $bytes i32) (param $bytes_size i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0    room for what comes before " bytes)", of up to 33 bytes; before that, a pointer and a size
  ;;      that nobody reads
  ;; 33   the end of the new body, 18 bytes
  ;; 51   its beginning, 23 bytes
  ;; 74   the header's name, 14 bytes
  ;; 88   the body
  (data (i32.const 33)
    " bytes) redacted.\0a"
    "Original message body ("
    "content-length")

  (func (export "proxy_abi_version_0_2_1"))

  ;; A body takes the place of the last: nothing is there to free. Memory grows if there is too
  ;; little; asked for a negative number of pages, `memory.grow` does nothing. Where it cannot grow,
  ;; this returns 0.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (local $pages i32)
    local.get $size
    i32.const 65623 ;; a page and 88 bytes, less one
    i32.add
    i32.const 16
    i32.shr_u
    local.tee $pages
    memory.size
    i32.sub
    memory.grow
    drop
    i32.const 88
    memory.size
    local.get $pages
    i32.ge_u
    i32.mul)

  (func (export "proxy_on_response_headers")
    (param $context i32) (param $num_headers i32) (param $end_of_stream i32) (result i32)
    i32.const 2 ;; the response's headers
    i32.const 74
    i32.const 14
    call $remove
    drop
    i32.const 0)

  (func (export "proxy_on_response_body")
    (param $left i32) (param $size i32) (param $at i32) (result i32)
    ;; Two parameters serve twice: the context's, and the end of the stream's, which stays true.
    local.get $at
    if $done
      i32.const 1 ;; the response's body
      i32.const 0
      local.get $size
      local.tee $left
      i32.const 0
      i32.const 0
      call $get_buffer
      br_if $done
      ;; From the end to the beginning. Two bytes come before the six that count: 88 - 6 - 2 is 80.
      loop $search
        local.get $left
        i32.const 6
        i32.lt_u
        br_if $done
        local.get $left
        i64.load offset=80
        i64.const 16
        i64.shr_u
        i64.const 0x7465_7263_6573 ;; "secret"
        i64.ne
        local.get $left
        i32.const 1
        i32.sub
        local.set $left
        br_if $search
      end
      local.get $size
      local.set $left
      i32.const 33
      local.set $at
      loop $digits
        local.get $at
        i32.const 1
        i32.sub
        local.tee $at
        local.get $left
        i32.const 10
        i32.rem_u
        i32.const 48 ;; "0"
        i32.add
        i32.store8
        local.get $left
        i32.const 10
        i32.div_u
        local.tee $left
        br_if $digits
      end
      i32.const 1 ;; the response's body
      i32.const 0
      local.get $size
      local.get $at
      i32.const 23
      i32.sub
      local.tee $at
      i32.const 51
      i32.const 23
      memory.copy
      local.get $at
      i32.const 51
      local.get $at
      i32.sub
      call $set_buffer
      drop
    end
    ;; Until then: pause, and keep what is there.
    local.get $at
    i32.eqz))
