;; The smallest plugin that Envoy boots: it does nothing.
(module
  (func (export "proxy_abi_version_0_2_0"))
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    i32.const 0))
