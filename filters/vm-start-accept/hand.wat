;; Says that it can start, and does nothing.
(module
  (func (export "proxy_abi_version_0_2_0"))
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    i32.const 0)
  (func (export "proxy_on_vm_start") (param $context i32) (param $configuration_size i32) (result i32)
    i32.const 1))
