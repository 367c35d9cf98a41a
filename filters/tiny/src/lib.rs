//! The smallest plugin that Envoy boots: it does nothing.
#![no_std]
#![forbid(unsafe_code)]

whit::abi_version!(0_2_0);
whit::memory_allocate!(refuse);
