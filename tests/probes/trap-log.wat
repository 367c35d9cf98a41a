;; Traps in proxy_on_log: the client has its response by then.
(module
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
  (func (export "proxy_on_log") (param i32) unreachable)
  ;; Not called any more.
  (func (export "proxy_on_done") (param i32) (result i32) unreachable))
