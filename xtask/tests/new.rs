//! `cargo xtask new`, in a workspace like this one.

mod outside;

use outside::Outside;

const MANIFEST: &str = r#"
[workspace]
resolver = "3"
members = ["filters/*"]

[workspace.package]
version = "0.1.0"
edition = "2024"
license = "Apache-2.0"
publish = false

[workspace.dependencies]
whit = { path = "SDK" }

[workspace.lints.clippy]
all = "deny"
"#;

#[test]
fn a_new_filter_passes_its_cases_at_once() {
    let outside = Outside::new("filters");
    let sdk = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk");
    outside.file("Cargo.toml", &MANIFEST.replace("SDK", sdk));
    outside.file(".rustfmt.toml", include_str!("../../.rustfmt.toml"));
    outside.share_target(".");
    let xtask = env!("CARGO_BIN_EXE_xtask");
    // Cargo knows no workspace without a member.
    outside.file("filters/first/Cargo.toml", "[package]\nname = \"first\"\nedition = \"2024\"\n");
    outside.file("filters/first/src/lib.rs", "//! Nothing.\n");
    for (name, flags) in
        [("new-http", ""), ("new-tcp", "--tcp"), ("new-background", "--background")]
    {
        outside.passes(".", &format!("{xtask} new {name} {flags}"));
        assert_eq!(
            outside.entries(&format!("filters/{name}")),
            ["Cargo.toml", "cases.toml", "src"]
        );
    }
    outside.passes(".", "cargo fmt --all --check");
    let out = outside.passes(".", "cargo whit test --runner-only");
    assert!(out.contains("ok     new-tcp: TLS passes") && out.contains(", 0 failed"), "{out}");

    let error = outside.refused(".", &format!("{xtask} new new-tcp"));
    assert!(error.contains("is there already"), "{error}");
}
