//! Sets the size of the stack: the algorithms on public keys need more than the workspace's 4 KiB.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let has = |feature: &str| std::env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    if has("RS256") || has("ES256") {
        println!("cargo::rustc-link-arg=-zstack-size=32768");
    }
}
