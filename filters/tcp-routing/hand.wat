;; Routes a TCP connection by the last byte of its source address.
(module
  (import "env" "proxy_log"
    (func $log (param $level i32) (param $message i32) (param $message_size i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes"
    (func $get_buffer (param $buffer i32) (param $start i32) (param $size i32)
                      (param $bytes i32) (param $bytes_size i32) (result i32)))
  (import "env" "proxy_get_property"
    (func $get_property (param $path i32) (param $path_size i32)
                        (param $value i32) (param $value_size i32) (result i32)))
  (import "env" "proxy_call_foreign_function"
    (func $call (param $name i32) (param $name_size i32)
                (param $arguments i32) (param $arguments_size i32)
                (param $results i32) (param $results_size i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0    a pointer that nobody reads
  ;; 4    the address's size
  ;; 8    what Envoy's `set_envoy_filter_state` takes, 41 bytes: 1: the key; 2: the value, the cluster
  ;;      at 35, whose number at 48 is set each time; 3: the span, which is the default
  ;; 49   "Routed source "
  ;; 63   "Configuration: "
  ;; 78   "no source address", whose last letter begins
  ;; 94   the path of the property, whose last letter begins
  ;; 107  the function's name, 22 bytes
  ;; 129  "cannot parse source address: "
  ;; 158  "cannot set filter state"
  ;; 210  what the host allocates, after room for what a line of the log begins with
  (data (i32.const 8)
    "\0a\17envoy.tcp_proxy.cluster\12\0eegress-router1"
    "Routed source "
    "Configuration: "
    "no source addressource\00addresset_envoy_filter_state"
    "cannot parse source address: "
    "cannot set filter state")

  (func (export "proxy_abi_version_0_2_1"))

  ;; Only one thing of the host's is needed at a time, so each takes the place of the last: nothing
  ;; is there to free. Behind it there is room for the end of a line. Memory grows if there is too
  ;; little; asked for a negative number of pages, `memory.grow` does nothing. Where it cannot grow,
  ;; this returns 0.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (local $pages i32)
    local.get $size
    i32.const 65763 ;; a page and 210 + 18 bytes, less one
    i32.add
    i32.const 16
    i32.shr_u
    local.tee $pages
    memory.size
    i32.sub
    memory.grow
    drop
    i32.const 210
    memory.size
    local.get $pages
    i32.ge_u
    i32.mul)

  ;; Logs this beginning, and that many bytes of what the host has allocated.
  (func $log_line (param $level i32) (param $beginning i32) (param $beginning_size i32)
                  (param $size i32)
    i32.const 210
    local.get $beginning_size
    i32.sub
    local.get $beginning
    local.get $beginning_size
    memory.copy
    local.get $level
    i32.const 210
    local.get $beginning_size
    i32.sub
    local.get $beginning_size
    local.get $size
    i32.add
    call $log
    drop)

  (func (export "proxy_on_configure") (param $context i32) (param $size i32) (result i32)
    i32.const 7 ;; the plugin configuration
    i32.const 0
    local.get $size
    i32.const 0
    i32.const 0
    call $get_buffer
    drop ;; Where memory could not grow, the line is not in memory, and the host does not log it.
    i32.const 2 ;; info
    i32.const 63
    i32.const 15
    local.get $size
    call $log_line
    i32.const 1)

  (func (export "proxy_on_new_connection") (param $at i32) (result i32)
    ;; The context gives way to where we look: one before what we see.
    (local $size i32) (local $ipv6 i32) (local $byte i32) (local $dots i32)
    block $done
      i32.const 94
      i32.const 14
      i32.const 0
      i32.const 4
      call $get_property
      if
        i32.const 3 ;; warn
        i32.const 78
        i32.const 17
        call $log
        drop
        br $done
      end
      i32.const 4
      i32.load
      local.tee $size
      i32.const 93 ;; "]"
      i32.store8 offset=210
      i32.const 210
      i32.load8_u
      i32.const 91 ;; "["
      i32.eq
      local.set $ipv6
      i32.const 209
      local.set $at
      ;; "[2001:db8::3%1]:80" or "127.0.0.1:80", with a port or without. The host writes addresses as
      ;; they should be. What else it writes here, paths and names, does not look like these.
      block $none
        block $end
          loop $next
            local.get $at
            i32.load8_u offset=1
            local.tee $byte
            i32.const 93 ;; "]"
            i32.eq
            br_if $end
            local.get $byte
            i32.const 37 ;; "%"
            i32.eq
            br_if $end
            local.get $byte
            i32.const 58 ;; ":"
            i32.eq
            local.get $ipv6
            i32.gt_u
            br_if $end
            local.get $at
            i32.const 1
            i32.add
            local.set $at
            local.get $dots
            local.get $byte
            i32.const 46 ;; "."
            i32.eq
            i32.add
            local.set $dots
            local.get $byte
            i32.const 46
            i32.sub
            i32.const 12 ;; "." to "9"
            i32.lt_u
            local.get $ipv6
            i32.or
            br_if $next
          end
          br $none
        end
        local.get $dots
        i32.const 3
        i32.eq
        local.get $ipv6
        i32.or
        i32.eqz
        br_if $none
        i32.const 48
        ;; The digit before: odd digits have bit 0, and letters bit 6, which turns that around. Times
        ;; 65, the sum of both is bit 6.
        local.get $at
        i32.load8_u
        i32.const 65
        i32.mul
        i32.const 6
        i32.shr_u
        i32.const 1
        i32.and
        i32.const 49 ;; "1"
        i32.add
        i32.store8
        i32.const 107
        i32.const 22
        i32.const 8
        i32.const 41
        i32.const 0
        i32.const 0
        call $call
        if
          i32.const 3 ;; warn
          i32.const 158
          i32.const 23
          call $log
          drop
          br $done
        end
        local.get $size
        i32.const 0x206f_7420 ;; " to "
        i32.store offset=210
        local.get $size
        i32.const 214
        i32.add
        i32.const 35
        i32.const 14
        memory.copy
        i32.const 2 ;; info
        i32.const 49
        i32.const 14
        local.get $size
        i32.const 18
        i32.add
        call $log_line
        br $done
      end
      i32.const 3 ;; warn
      i32.const 129
      i32.const 29
      local.get $size
      call $log_line
    end
    i32.const 0))
