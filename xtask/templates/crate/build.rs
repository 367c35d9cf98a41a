//! Gives the module a stack of 4 KiB instead of 1 MiB, so that its memory is one page. It lies below the data:
//! a plugin that needs more of it traps, and corrupts nothing.

fn main() {
    println!("cargo::rustc-link-arg=-zstack-size=4096");
}
