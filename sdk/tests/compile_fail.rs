//! Wrong use does not compile, with a message that says what is right.
//! `TRYBUILD=overwrite cargo test -p whit --test compile_fail` accepts new messages.

#[test]
fn wrong_use_does_not_compile() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("tests/ui/*.rs");
}
