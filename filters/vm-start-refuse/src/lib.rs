//! Refuses to start, and with it, Envoy does.
#![no_std]
#![forbid(unsafe_code)]

whit::abi_version!(0_2_0);
whit::memory_allocate!(refuse);
whit::vm_start!(false);
