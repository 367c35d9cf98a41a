//! Level 0 in a VM, with everything that the filters do not use of it.
#![no_std]
#![forbid(unsafe_code)]

whit::abi_version!(0_1_0);
whit::memory_allocate!(arena);
whit::vm_start!(|configuration_size| configuration_size <= 4);
