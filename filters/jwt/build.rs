//! Sets the size of the stack: what is done with public keys needs more than the workspace's 4 KiB.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let has = |feature: &str| std::env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    if has("RS256") {
        println!("cargo::rustc-link-arg=-zstack-size=16384");
    } else if has("ES256") {
        println!("cargo::rustc-link-arg=-zstack-size=8192");
    }
}
