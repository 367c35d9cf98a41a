;; Answers with the dynamic metadata that another filter has set.
(module
  (import "env" "proxy_get_property"
    (func $get_property (param $path i32) (param $path_size i32)
                        (param $value i32) (param $value_size i32) (result i32)))
  (import "env" "proxy_set_property"
    (func $set_property (param $path i32) (param $path_size i32)
                        (param $value i32) (param $value_size i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $respond (param $status i32) (param $details i32) (param $details_size i32)
                   (param $body i32) (param $body_size i32)
                   (param $headers i32) (param $headers_size i32)
                   (param $grpc_status i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0    a pointer that nobody reads
  ;; 4    the beginning of the body, 38 bytes
  ;; 42   the path of the property that is read, 74 bytes
  ;; 116  the headers of the answer: a count, sizes, of which the last at 132 is the value's, names
  ;;      and values, of which the last name at 158 is the path of the property that is written, too
  ;; 178  the value, and right behind it the body
  (data (i32.const 4)
    "Custom response with Envoy metadata: \""
    "metadata\00filter_metadata\00envoy.filters.http.lua\00uppercased-custom-metadata"
    "\02\00\00\00" "\0a\00\00\00" "\0a\00\00\00" "\13\00\00\00" "\00\00\00\00"
    "Powered-By\00proxy-wasm\00" "uppercased-metadata\00")

  (func (export "proxy_abi_version_0_2_1"))

  ;; The only thing that the host is asked for has its place. Memory grows if there is too little
  ;; for twice the size and what the body has besides; asked for a negative number of pages,
  ;; `memory.grow` does nothing. Where it cannot grow, this returns 0.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (local $pages i32)
    local.get $size
    i32.const 32877 ;; half a page, and half of 178 + 1 + 40
    i32.add
    i32.const 15
    i32.shr_u
    local.tee $pages
    memory.size
    i32.sub
    memory.grow
    drop
    i32.const 178
    memory.size
    local.get $pages
    i32.ge_u
    i32.mul)

  (func (export "proxy_on_request_headers")
    (param $size i32) (param $left i32) (param $byte i32) (result i32)
    ;; The parameters are of no use: they give way to what is.
    block $done
      i32.const 42
      i32.const 74
      i32.const 0
      i32.const 132
      call $get_property
      br_if $done
      i32.const 132
      i32.load
      local.tee $size
      local.set $left
      ;; From its end to its beginning, the value is copied into the body: 178 + 1 + 38 is 217.
      loop $next
        local.get $left
        if
          local.get $size
          local.get $left
          i32.add
          local.get $left
          i32.load8_u offset=177
          local.tee $byte
          i32.store8 offset=216
          local.get $byte
          i32.const 32
          i32.lt_u
          i32.const 0x2401 ;; a bit each for NUL, LF and CR
          local.get $byte
          i32.shr_u
          i32.and
          br_if $done
          local.get $left
          i32.const 1
          i32.sub
          local.set $left
          br $next
        end
      end
      local.get $size
      i32.const 0
      i32.store8 offset=178
      local.get $size
      i32.const 179
      i32.add
      local.tee $left ;; from here on, the body
      i32.const 4
      i32.const 38
      memory.copy
      local.get $size
      local.get $size
      i32.add
      i32.const 0x0a22 ;; "\"\n"
      i32.store16 offset=217
      i32.const 158
      i32.const 19
      i32.const 178
      local.get $size
      call $set_property
      drop
      i32.const 200
      i32.const 0
      i32.const 0
      local.get $left
      local.get $size
      i32.const 40
      i32.add
      i32.const 116
      local.get $size
      i32.const 63
      i32.add
      i32.const -1
      call $respond
      drop
    end
    i32.const 0))
