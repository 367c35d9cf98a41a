//! Level 0 on the host: each macro is the function that it exports.

whit::abi_version!(0_2_0);
whit::memory_allocate!(refuse);
whit::vm_start!(ACCEPT);

const ACCEPT: bool = true;

#[test]
fn each_macro_is_its_export() {
    proxy_abi_version_0_2_0();
    assert!(proxy_on_memory_allocate(16).is_null());
    assert_eq!(proxy_on_vm_start(1, 0), 1);
}
