//! Sets the size of the stack, as a plugin outside this workspace does.

fn main() {
    println!("cargo::rustc-link-arg=-zstack-size=8192");
}
