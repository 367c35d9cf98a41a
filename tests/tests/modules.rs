//! What the built filters hold, and how large they may be.

mod common;

use common::module;
use wasmparser::{Parser, Payload};

#[derive(Debug, Default, PartialEq, Eq)]
struct Face {
    bytes: usize,
    exports: Vec<String>,
    imports: Vec<String>,
    pages: u64,
    custom_sections: usize,
}

fn face(path: &str) -> Face {
    let module = std::fs::read(module(path)).expect("a built module");
    let mut face = Face { bytes: module.len(), ..Face::default() };
    for payload in Parser::new(0).parse_all(&module) {
        match payload.expect("a valid module") {
            Payload::ExportSection(section) => {
                face.exports.extend(
                    section.into_iter().map(|export| export.expect("an export").name.to_owned()),
                );
            }
            Payload::ImportSection(section) => {
                face.imports.extend(
                    section.into_imports().map(|import| import.expect("an import").name.to_owned()),
                );
            }
            Payload::MemorySection(section) => {
                face.pages += section
                    .into_iter()
                    .map(|memory| memory.expect("a memory").initial)
                    .sum::<u64>();
            }
            Payload::CustomSection(_) => face.custom_sections += 1,
            _ => {}
        }
    }
    face.exports.sort();
    face
}

/// What a filter must hold.
struct Filter {
    name: &'static str,
    most_bytes: usize,
    exports: &'static [&'static str],
    imports: &'static [&'static str],
    pages: u64,
}

const FILTERS: [Filter; 4] = [
    Filter {
        name: "tiny",
        most_bytes: 93,
        exports: &["proxy_abi_version_0_2_0", "proxy_on_memory_allocate"],
        imports: &[],
        pages: 0,
    },
    Filter {
        name: "vm-start-refuse",
        most_bytes: 126,
        exports: &["proxy_abi_version_0_2_0", "proxy_on_memory_allocate", "proxy_on_vm_start"],
        imports: &[],
        pages: 0,
    },
    Filter {
        name: "vm-start-accept",
        most_bytes: 126,
        exports: &["proxy_abi_version_0_2_0", "proxy_on_memory_allocate", "proxy_on_vm_start"],
        imports: &[],
        pages: 0,
    },
    Filter {
        name: "add-header",
        most_bytes: 224,
        exports: &[
            "memory",
            "proxy_abi_version_0_2_1",
            "proxy_on_memory_allocate",
            "proxy_on_response_headers",
        ],
        imports: &["proxy_add_header_map_value"],
        pages: 1,
    },
];

#[test]
fn a_filter_holds_what_its_source_uses_and_nothing_else() {
    for Filter { name, most_bytes, exports, imports, pages } in FILTERS {
        let whit = face(&format!("filters/{name}.wasm"));
        assert_eq!(whit.exports, exports, "{name}");
        assert_eq!(whit.imports, imports, "{name}");
        assert_eq!(whit.pages, pages, "{name}");
        assert_eq!(whit.custom_sections, 0, "{name}");
        assert!(whit.bytes <= most_bytes, "{name}: {} > {most_bytes}", whit.bytes);
    }
}

#[test]
fn a_filter_is_no_larger_than_its_hand_written_module() {
    for Filter { name, .. } in FILTERS {
        let (whit, hand) =
            (face(&format!("filters/{name}.wasm")), face(&format!("filters/{name}.hand.wasm")));
        assert!(whit.bytes <= hand.bytes, "{name}: {} > {}", whit.bytes, hand.bytes);
        assert_eq!(
            (whit.exports, whit.imports, whit.pages),
            (hand.exports, hand.imports, hand.pages),
            "{name}"
        );
    }
}

/// Pruning is worth a few dozen bytes: without it, a plugin is a plain cargo build away.
#[test]
fn a_plain_build_is_little_larger_and_holds_the_same_callbacks() {
    for Filter { name, .. } in FILTERS {
        let (whit, plain) =
            (face(&format!("filters/{name}.wasm")), face(&format!("filters/{name}.plain.wasm")));
        assert!(plain.bytes <= whit.bytes + 72, "{name}: {} and {}", plain.bytes, whit.bytes);
        assert_eq!(plain.imports, whit.imports, "{name}");
        assert!(whit.exports.iter().all(|export| plain.exports.contains(export)), "{name}");
        assert_eq!(plain.pages, 1, "{name}");
    }
}

/// The table above lists every filter.
#[test]
fn every_filter_is_listed() {
    let mut folders: Vec<String> = common::root()
        .join("filters")
        .read_dir()
        .expect("the folder of the filters")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut listed: Vec<&str> = FILTERS.iter().map(|filter| filter.name).collect();
    listed.sort_unstable();
    assert_eq!(folders, listed);
}

/// What the README calls a complete filter is one that is built and tested, and so is its WAT.
#[test]
fn the_readme_shows_the_filter_and_its_wat() {
    let read = |path: &str| std::fs::read_to_string(common::root().join(path)).expect("a file");
    let readme = read("README.md");
    for (fence, path) in [("rust", "src/lib.rs"), ("wat", "hand.wat")] {
        let source = read(&format!("filters/add-header/{path}"));
        let (_, code) = source.split_once('\n').expect("a line that says what it is");
        assert!(readme.contains(&format!("```{fence}\n{code}```\n")), "{path}");
    }
}
