;; Adds a response header with the configuration of the stream's plugin context as its value.
(module
  (import "env" "proxy_log"
    (func $log (param $level i32) (param $message i32) (param $message_size i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes"
    (func $get_buffer (param $buffer i32) (param $start i32) (param $size i32)
                      (param $bytes i32) (param $bytes_size i32) (result i32)))
  (import "env" "proxy_add_header_map_value"
    (func $add (param $map i32) (param $name i32) (param $name_size i32)
               (param $value i32) (param $value_size i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0    the header's name
  ;; 13   what a configuration is refused with
  ;; 60   records without gaps, one for each context:
  ;;        0   the context
  ;;        4   a stream's plugin context
  ;;        8   a size, and that many bytes: a plugin context's configuration; a stream has none
  (data (i32.const 0)
    "custom-header"
    "the configuration cannot be a header's value")
  (global $end (mut i32) (i32.const 60))

  (func (export "proxy_abi_version_0_2_1"))

  ;; The bytes of the next record. Behind them there is room for the start of one more. Memory grows
  ;; if there is too little; asked for a negative number of pages, `memory.grow` does nothing. Where
  ;; it cannot grow, this returns 0.
  (func $allocate (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (local $pages i32)
    global.get $end
    local.get $size
    i32.add
    i32.const 65555 ;; a page and 20 bytes, less one
    i32.add
    i32.const 16
    i32.shr_u
    local.tee $pages
    memory.size
    i32.sub
    memory.grow
    drop
    global.get $end
    i32.const 12
    i32.add
    memory.size
    local.get $pages
    i32.ge_u
    i32.mul)

  ;; What comes after a record.
  (func $next (param $at i32) (result i32)
    local.get $at
    i32.load offset=8
    local.get $at
    i32.add
    i32.const 12
    i32.add)

  ;; The record of a context. Of one that has none, a record behind the last, without a plugin
  ;; context.
  (func $find (param $context i32) (result i32)
    (local $at i32)
    global.get $end
    local.get $context
    i64.extend_i32_u
    i64.store
    i32.const 60
    local.set $at
    loop $search
      local.get $at
      i32.load
      local.get $context
      i32.ne
      if
        local.get $at
        call $next
        local.set $at
        br $search
      end
    end
    local.get $at)

  ;; Adds a record, whose plugin context and bytes are there.
  (func $append (param $context i32) (param $size i32)
    global.get $end
    local.get $context
    i32.store
    global.get $end
    local.get $size
    i32.store offset=8
    global.get $end
    call $next
    global.set $end)

  (func (export "proxy_on_context_create") (param $context i32) (param $parent i32)
    i32.const 0
    call $allocate
    i32.eqz
    br_if 0
    global.get $end
    local.get $parent
    i32.store offset=4
    local.get $context
    i32.const 0
    call $append)

  (func $delete (export "proxy_on_delete") (param $context i32)
    (local $at i32) (local $next i32)
    local.get $context
    call $find
    local.tee $at
    global.get $end
    i32.eq
    br_if 0
    ;; Those behind it move up.
    local.get $at
    local.get $at
    call $next
    local.tee $next
    global.get $end
    local.get $next
    i32.sub
    local.tee $next
    memory.copy
    local.get $at
    local.get $next
    i32.add
    global.set $end)

  (func (export "proxy_on_configure") (param $context i32) (param $size i32) (result i32)
    (local $left i32) (local $byte i32)
    ;; The record that has no bytes yet.
    local.get $context
    call $delete
    i32.const 7 ;; the plugin configuration
    i32.const 0
    local.get $size
    local.tee $left
    global.get $end ;; A pointer and a size that nobody reads.
    global.get $end
    call $get_buffer
    if
      i32.const 0
      return
    end
    loop $next
      local.get $left
      if
        global.get $end
        local.get $left
        i32.add
        i32.load8_u offset=11
        local.tee $byte
        i32.const 32
        i32.lt_u
        i32.const 0x2401 ;; a bit each for NUL, LF and CR
        local.get $byte
        i32.shr_u
        i32.and
        if
          i32.const 4 ;; error
          i32.const 13
          i32.const 44
          call $log
          drop
          i32.const 0
          return
        end
        local.get $left
        i32.const 1
        i32.sub
        local.set $left
        br $next
      end
    end
    local.get $context
    local.get $size
    call $append
    i32.const 1)

  (func (export "proxy_on_response_headers")
    (param $context i32) (param $num_headers i32) (param $end_of_stream i32) (result i32)
    (local $plugin i32)
    local.get $context
    call $find
    i32.load offset=4
    call $find
    local.tee $plugin
    global.get $end
    i32.ne
    if
      i32.const 2 ;; the response's headers
      i32.const 0
      i32.const 13
      local.get $plugin
      i32.const 12
      i32.add
      local.get $plugin
      i32.load offset=8
      call $add
      drop
    end
    i32.const 0))
