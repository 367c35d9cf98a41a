;; Logs the headers both ways, and answers `/hello` itself.
(module
  (import "env" "proxy_log"
    (func $log (param $level i32) (param $message i32) (param $message_size i32) (result i32)))
  (import "env" "proxy_get_log_level" (func $get_log_level (param $level i32) (result i32)))
  (import "env" "proxy_get_header_map_pairs"
    (func $get_pairs (param $map i32) (param $pairs i32) (param $pairs_size i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $respond (param $status i32) (param $details i32) (param $details_size i32)
                   (param $body i32) (param $body_size i32)
                   (param $headers i32) (param $headers_size i32)
                   (param $grpc_status i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0    what hostcalls write: a pointer or a level, and a size that nobody reads
  ;; 11   " completed.", after room for "#" and ten digits
  ;; 22   the body of the answer to /hello, 14 bytes
  ;; 36   its headers, 54 bytes: a count, sizes, names and values
  ;; 101  " -> " or " <- ", after such room, and from 105 on a header: a line of the log
  ;; then what the host allocates, as far behind 105 as it is long: no line is longer
  (data (i32.const 11)
    " completed."
    "Hello, World!\0a"
    "\02\00\00\00" "\05\00\00\00" "\05\00\00\00" "\0a\00\00\00" "\0a\00\00\00"
    "Hello\00World\00" "Powered-By\00proxy-wasm\00")

  (func (export "proxy_abi_version_0_2_1"))

  ;; Only one thing of the host's is needed at a time, so each takes the place of the last: nothing
  ;; is there to free. Memory grows to 105 bytes and twice the size, if that is more than there is:
  ;; asked for a negative number of pages, `memory.grow` does nothing. Where it cannot grow, this
  ;; returns 0.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (local $pages i32)
    local.get $size
    i32.const 32831 ;; half a page, and 63
    i32.add
    i32.const 15
    i32.shr_u
    local.tee $pages
    memory.size
    i32.sub
    memory.grow
    drop
    local.get $size
    i32.const 105
    i32.add
    memory.size
    local.get $pages
    i32.ge_u
    i32.mul)

  ;; Logs "#", the number, and what lies from $at + 1 to $end.
  (func $log_line (param $number i32) (param $at i32) (param $end i32)
    ;; Each digit brings a "#" before it, which the next one overwrites.
    loop $digits
      local.get $at
      i32.const 1
      i32.sub
      local.tee $at
      local.get $number
      i32.const 10
      i32.rem_u
      i32.const 8
      i32.shl
      i32.const 0x3023 ;; "#0"
      i32.add
      i32.store16
      local.get $number
      i32.const 10
      i32.div_u
      local.tee $number
      br_if $digits
    end
    i32.const 2 ;; info
    local.get $at
    local.get $end
    local.get $at
    i32.sub
    call $log
    drop)

  ;; Logs every header of a map; of one that cannot be had, none. A path of /hello, which no map but
  ;; the request's holds, is answered.
  (func $log_all (param $context i32) (param $map i32) (param $arrow i32)
    (local $sizes i32) (local $end_of_sizes i32) (local $text i32)
    (local $name_size i32) (local $size i32)
    local.get $map
    i32.const 0
    i32.const 4
    call $get_pairs
    br_if 0
    i32.const 0
    i32.load
    local.tee $sizes
    ;; Of no headers at all the pointer is 0, which points to a count of 0: itself.
    local.get $sizes
    i32.load
    i32.const 3
    i32.shl
    i32.add
    local.tee $end_of_sizes
    i32.const 4
    i32.add
    local.set $text
    i32.const 0
    call $get_log_level
    drop
    i32.const 101
    local.get $arrow
    i32.store
    loop $next
      local.get $sizes
      local.get $end_of_sizes
      i32.eq
      br_if 1
      ;; Is it ":path\00/hello\00"?
      local.get $text
      i64.load
      i64.const 0x682f_0068_7461_703a
      i64.eq
      local.get $text
      i64.load offset=5
      i64.const 0x006f_6c6c_6568_2f00
      i64.eq
      i32.and
      if
        i32.const 200
        i32.const 0
        i32.const 0
        i32.const 22
        i32.const 14
        i32.const 36
        i32.const 54
        i32.const -1
        call $respond
        drop
      end
      local.get $sizes
      i32.load offset=4
      local.tee $name_size
      local.get $sizes
      i32.load offset=8
      i32.add
      i32.const 2
      i32.add
      local.set $size
      i32.const 0
      i32.load
      i32.const 3
      i32.lt_u
      if
        ;; First name and value with a byte between them, then the name again, a byte to the left:
        ;; that makes room for ": ".
        i32.const 106
        local.get $text
        local.get $size
        memory.copy
        i32.const 105
        local.get $text
        local.get $name_size
        memory.copy
        local.get $name_size
        i32.const 0x203a ;; ": "
        i32.store16 offset=105
        local.get $context
        i32.const 100
        local.get $size
        i32.const 105
        i32.add
        call $log_line
      end
      local.get $text
      local.get $size
      i32.add
      local.set $text
      local.get $sizes
      i32.const 8
      i32.add
      local.set $sizes
      br $next
    end)

  (func (export "proxy_on_request_headers")
    (param $context i32) (param $num_headers i32) (param $end_of_stream i32) (result i32)
    local.get $context
    i32.const 0 ;; the request's headers
    i32.const 0x203e_2d20 ;; " -> "
    call $log_all
    i32.const 0)

  (func (export "proxy_on_response_headers")
    (param $context i32) (param $num_headers i32) (param $end_of_stream i32) (result i32)
    local.get $context
    i32.const 2 ;; the response's headers
    i32.const 0x202d_3c20 ;; " <- "
    call $log_all
    i32.const 0)

  (func (export "proxy_on_log") (param $context i32)
    i32.const 0
    call $get_log_level
    drop
    i32.const 0
    i32.load
    i32.const 2
    i32.gt_u
    br_if 0
    local.get $context
    i32.const 10
    i32.const 22
    call $log_line))
