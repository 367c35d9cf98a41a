//! `vm_start!` with an expression, and the arena, on the host.
#![forbid(unsafe_code)]

whit::abi_version!(0_1_0);
whit::memory_allocate!(arena);
whit::vm_start!(|configuration_size| accept(configuration_size));

/// A name that the macro might use too.
fn accept(size: u32) -> bool {
    let most = 4;
    size <= most
}

#[test]
fn the_expression_sees_the_size() {
    assert_eq!(proxy_on_vm_start(1, 4), 1);
    assert_eq!(proxy_on_vm_start(1, 5), 0);
}

#[test]
fn the_arena_refuses_what_no_hostcall_asked_for() {
    assert!(proxy_on_memory_allocate(16).is_null());
    proxy_abi_version_0_1_0();
}
