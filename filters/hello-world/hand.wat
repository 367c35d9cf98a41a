;; Says hello, then the time and a random number every five seconds.
(module
  (import "env" "proxy_log"
    (func $log (param $level i32) (param $message i32) (param $message_size i32) (result i32)))
  (import "env" "proxy_set_tick_period_milliseconds"
    (func $set_tick_period (param $period i32) (result i32)))
  (import "env" "proxy_get_current_time_nanoseconds" (func $now (param $time i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get"
    (func $random (param $bytes i32) (param $size i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0    the time
  ;; 8    a random byte
  ;; 12   ".", after room for three digits
  ;; 13   "Hello, World!"
  ;; 26   the line of each tick, with room for its numbers: the year at 31, the month at 36, the day
  ;;      at 39, hours, minutes and seconds at 42, 45 and 48, and at 77, behind it all, the random
  ;;      number and its full stop
  (data (i32.const 12)
    "."
    "Hello, World!"
    "It's 0000-00-00 00:00:00 UTC, your lucky number is ")

  (func (export "proxy_abi_version_0_2_1"))

  ;; No hostcall here returns bytes, so the host never asks.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    i32.const 0)

  (func (export "proxy_on_vm_start") (param $context i32) (param $size i32) (result i32)
    i32.const 2 ;; info
    i32.const 13
    i32.const 13
    call $log
    drop
    i32.const 5000
    call $set_tick_period
    drop
    i32.const 1)

  ;; Writes two digits: what remains of a number that is divided, and returns the quotient.
  (func $divide (param $number i64) (param $by i64) (param $at i32) (result i64)
    (local $rest i64)
    local.get $at
    local.get $number
    local.get $by
    i64.rem_u
    local.tee $rest
    i64.const 10
    i64.rem_u
    i64.const 8
    i64.shl
    local.get $rest
    i64.const 10
    i64.div_u
    i64.add
    i64.const 0x3030 ;; "00"
    i64.add
    i64.store16
    local.get $number
    local.get $by
    i64.div_u)

  (func (export "proxy_on_tick") (param $at i32)
    (local $number i32) (local $a i64) (local $b i64) (local $c i64)
    i32.const 0
    call $now
    drop
    i32.const 8
    i32.const 1
    call $random
    drop
    ;; The date: quarters of days since 0000-03-01, with which years and centuries start. Of the 12
    ;; months from March on, 5 times 153 days and the rest; 2141 / 65536 is close enough to 5 / 153.
    ;; (Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms".)
    i32.const 0
    i64.load
    i64.const 1_000_000_000
    i64.div_u
    i64.const 60
    i32.const 48
    call $divide
    i64.const 60
    i32.const 45
    call $divide
    i64.const 24
    i32.const 42
    call $divide
    i64.const 2
    i64.shl
    i64.const 2_877_875 ;; 4 * 719468 + 3
    i64.add
    local.tee $a
    i64.const 146_097
    i64.rem_u
    i64.const 3
    i64.or
    local.tee $b
    i64.const 1461
    i64.rem_u
    i64.const 2
    i64.shr_u
    i64.const 2141
    i64.mul
    i64.const 132_377
    i64.add
    local.tee $c
    i64.const 0xffff
    i64.and
    i64.const 2141
    i64.div_u
    i64.const 1
    i64.add
    i64.const 63
    i32.const 39
    call $divide
    drop
    ;; Months from 0 on, 12 and 13 are those of the next year.
    local.get $c
    i64.const 16
    i64.shr_u
    local.tee $c
    i64.const 12
    i64.rem_u
    i64.const 1
    i64.add
    i64.const 63
    i32.const 36
    call $divide
    drop
    local.get $a
    i64.const 146_097
    i64.div_u
    i64.const 100
    i64.mul
    local.get $b
    i64.const 1461
    i64.div_u
    i64.add
    local.get $c
    i64.const 12
    i64.div_u
    i64.add
    i64.const 100
    i32.const 33
    call $divide
    i64.const 100
    i32.const 31
    call $divide
    drop
    i32.const 8
    i32.load8_u
    local.set $number
    i32.const 12
    local.set $at
    loop $digits
      local.get $at
      i32.const 1
      i32.sub
      local.tee $at
      local.get $number
      i32.const 10
      i32.rem_u
      i32.const 48 ;; "0"
      i32.add
      i32.store8
      local.get $number
      i32.const 10
      i32.div_u
      local.tee $number
      br_if $digits
    end
    i32.const 77
    local.get $at
    i32.const 4
    memory.copy
    i32.const 2 ;; info
    i32.const 26
    i32.const 64 ;; 51, and from $at to 13
    local.get $at
    i32.sub
    call $log
    drop))
