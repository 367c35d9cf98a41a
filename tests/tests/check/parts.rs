//! What takes a module's bytes.

use whit_test::check::{Host, Part, Report, Verdict};

use super::{LOG, common, module};

/// The sizes of the parts, which must add up.
fn check_parts(module: &[u8], what: &str) -> Report {
    let report = Report::of(module);
    let sum: usize = report.parts.iter().map(|part| part.bytes).sum();
    assert_eq!(sum, module.len(), "{what}: {:?}", report.parts);
    assert!(report.parts.is_sorted_by_key(|part| std::cmp::Reverse(part.bytes)), "{what}");
    assert!(report.parts.iter().all(|part| part.bytes > 0), "{what}: {:?}", report.parts);
    report
}

#[test]
fn the_parts_of_every_built_filter_add_up() {
    let filters = common::module("filters/tiny.wasm");
    let mut checked = 0;
    for entry in filters.parent().expect("it has a folder").read_dir().expect("the filters") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let module = std::fs::read(&path).expect("a built module");
            let report = check_parts(&module, &path.display().to_string());
            assert!(report.host(Host::Envoy).verdict <= Verdict::AcceptsWithNotes, "{report:?}");
            assert!(report.parts.iter().all(|part| part.section != "unreadable"), "{report:?}");
            checked += 1;
        }
    }
    assert!(checked >= 60, "only {checked} modules");
}

#[test]
fn the_parts_of_what_cannot_be_read_add_up() {
    let module =
        std::fs::read(common::module("filters/http-headers.plain.wasm")).expect("a module");
    for end in 0..module.len() {
        check_parts(&module[..end], &format!("{end} bytes"));
        let mut broken = module.clone();
        broken[end] ^= 0xff;
        check_parts(&broken, &format!("byte {end} broken"));
    }
    let component = wat::parse_str("(component (core module))").expect("valid WAT");
    assert_eq!(check_parts(&component, "a component").parts[0].section, "component");
}

#[test]
fn functions_and_data_have_their_names() {
    let fields = r#"
        (memory (export "memory") 1)
        (func $_ZN4core3fmt9Formatter3pad17h0123456789abcdefE)
        (func $inner (export "proxy_on_log") (param i32))
        (data $.rodata (i32.const 1024) "text")"#;
    let report = Report::of(&module(&format!("{LOG} {fields}")));
    for (section, what) in [
        ("code", "function 1 core::fmt::Formatter::pad"),
        ("code", "function 2 inner"),
        ("code", "function 3 proxy_abi_version_0_2_1"),
        ("data", "segment 0 .rodata at 1024"),
        ("import", "env.proxy_log"),
        ("export", "memory memory"),
        ("type", "type 0: i32 i32 i32 -> i32"),
        ("custom", "name"),
    ] {
        let found = |part: &&Part| part.section == section && part.what == what;
        assert!(report.parts.iter().find(found).is_some(), "{what}: {:#?}", report.parts);
    }
}
