//! What the built filters hold, and how large they may be.

mod common;

use common::module;
use serde::Deserialize;
use wasmparser::{KnownCustom, Name, Parser, Payload};

/// What a module holds.
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
                let names = section.into_iter().map(|export| export.expect("an export").name);
                face.exports.extend(names.map(str::to_owned));
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.expect("an import");
                    face.imports.push(format!("{}.{}", import.module, import.name));
                }
            }
            Payload::MemorySection(section) => {
                let pages = section.into_iter().map(|memory| memory.expect("a memory").initial);
                face.pages += pages.sum::<u64>();
            }
            Payload::CustomSection(_) => face.custom_sections += 1,
            _ => {}
        }
    }
    face.exports.sort();
    face
}

/// What a filter's `[package.metadata.whit]` says of its module.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Declared {
    exports: Vec<String>,
    imports: Vec<String>,
    pages: u64,
    /// The most that it may have.
    bytes: usize,
    /// The most that it may have, in sizes of its `hand.wat`: with one only.
    most_of_hand: Option<f64>,
    /// The imports that its `hand.wat` does without.
    #[serde(default)]
    imports_beyond_hand: Vec<String>,
    /// What it holds of [`DECLARED`].
    #[serde(default)]
    holds: Vec<String>,
}

/// What a filter holds only if it says so, by words of its functions' names.
const DECLARED: [(&str, &[&str]); 3] = [
    ("panic", &["panic", "rust_begin_unwind", "unwrap_failed", "expect_failed"]),
    ("fmt", &["core..fmt", "4core3fmt", "Formatter"]),
    ("alloc", &["__rust_alloc", "__rust_dealloc", "__rust_realloc", "alloc..", "5alloc"]),
];

/// Each filter that says what it holds. One without that is somebody's own.
fn declared() -> Vec<(String, Declared)> {
    let mut filters = Vec::new();
    for entry in common::root().join("filters").read_dir().expect("the folder of the filters") {
        let folder = entry.expect("an entry").path();
        let Ok(manifest) = std::fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let manifest: toml::Table = manifest.parse().expect("a manifest");
        let package = manifest["package"].as_table().expect("a package");
        let Some(declared) = package.get("metadata").and_then(|metadata| metadata.get("whit"))
        else {
            continue;
        };
        let name = package["name"].as_str().expect("a name").to_owned();
        let declared =
            declared.clone().try_into().unwrap_or_else(|error| panic!("{name}: {error}"));
        filters.push((name, declared));
    }
    for name in [
        "tiny",
        "vm-start-refuse",
        "vm-start-accept",
        "add-header",
        "hello-world",
        "http-headers",
        "http-auth-random",
        "http-body",
        "http-config",
        "grpc-auth-random",
        "tcp-routing",
        "filter-metadata",
        "api-key",
        "jwt",
        "rate-limit",
        "cors",
        "ext-auth",
        "redact",
        "access-log",
        "canary",
        "security-headers",
        "tcp-guard",
    ] {
        assert!(filters.iter().any(|(found, _)| found == name), "{name} says what it holds");
    }
    filters
}

#[test]
fn a_filter_holds_what_it_declares_and_nothing_else() {
    for (name, declared) in declared() {
        let whit = face(&format!("filters/{name}.wasm"));
        assert_eq!(whit.exports, declared.exports, "{name}");
        assert_eq!(sorted(&whit.imports), sorted(&declared.imports), "{name}");
        assert_eq!(whit.pages, declared.pages, "{name}");
        assert_eq!(whit.custom_sections, 0, "{name}");
        assert!(whit.bytes <= declared.bytes, "{name}: {} > {}", whit.bytes, declared.bytes);
    }
}

/// The order of imports is the linker's.
fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<_> = names.iter().collect();
    names.sort_unstable();
    names
}

/// Of what WASI offers in Envoy: neither files nor sockets.
const WASI: [&str; 4] = ["clock_time_get", "random_get", "environ_get", "environ_sizes_get"];

/// A callout is the host's, which knows where it may go.
#[test]
fn a_filter_reaches_no_file_and_no_network() {
    for (name, _) in declared() {
        for import in face(&format!("filters/{name}.wasm")).imports {
            let hostcall = import.starts_with("env.proxy_");
            let wasi = import.strip_prefix("wasi_snapshot_preview1.");
            assert!(hostcall || wasi.is_some_and(|name| WASI.contains(&name)), "{name}: {import}");
        }
    }
}

/// The names of the functions that a module holds, before they are stripped.
fn functions(path: &str) -> Vec<String> {
    let module = std::fs::read(module(path)).expect("a built module");
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(&module) {
        if let Payload::CustomSection(section) = payload.expect("a valid module")
            && let KnownCustom::Name(names) = section.as_known()
        {
            for subsection in names {
                if let Name::Function(names) = subsection.expect("names") {
                    functions.extend(
                        names.into_iter().map(|name| name.expect("a name").name.to_owned()),
                    );
                }
            }
        }
    }
    assert!(!functions.is_empty(), "{path} has no names");
    functions
}

/// A function that holds one of these words.
fn holds<'a>(functions: &'a [String], words: &[&str]) -> Option<&'a String> {
    functions.iter().find(|found| words.iter().any(|word| found.contains(word)))
}

#[test]
fn a_filter_holds_no_panic_formatting_or_allocator_unless_it_says_so() {
    for (name, declared) in declared() {
        let functions = functions(&format!("named/{name}.wasm"));
        for (what, words) in DECLARED {
            let holds = holds(&functions, words);
            let declares = declared.holds.iter().any(|held| held == what);
            assert_eq!(holds.is_some(), declares, "{name} {what}: {holds:?}");
        }
    }
    // The official crate holds all of it.
    let official = functions("filters/add-header.official.wasm");
    for (what, words) in DECLARED {
        assert!(holds(&official, words).is_some(), "{what} is not what it is called");
    }
}

#[test]
fn a_filter_is_hardly_larger_than_its_hand_written_module() {
    for (name, declared) in declared() {
        let by_hand = common::root().join(format!("filters/{name}/hand.wat")).is_file();
        assert_eq!(declared.most_of_hand.is_some(), by_hand, "{name}");
        let Some(most_of_hand) = declared.most_of_hand else { continue };
        let whit = face(&format!("filters/{name}.wasm"));
        let hand = face(&format!("filters/{name}.hand.wasm"));
        let most = most_of_hand * hand.bytes as f64;
        assert!(whit.bytes as f64 <= most, "{name}: {} > {most}", whit.bytes);
        assert_eq!(whit.exports, hand.exports, "{name}");
        let mut beyond = whit.imports.clone();
        beyond.retain(|import| !hand.imports.contains(import));
        assert_eq!(beyond, declared.imports_beyond_hand, "{name}");
        assert!(hand.imports.iter().all(|import| whit.imports.contains(import)), "{name}");
        assert_eq!(whit.pages, hand.pages, "{name}");
    }
}

/// What has no `hand.wat` is what people deploy.
#[test]
fn a_filter_is_a_fraction_of_the_official_crates() {
    for (name, declared) in declared() {
        let whit = face(&format!("filters/{name}.wasm"));
        assert!(whit.bytes <= 16 * 1024, "{name}: {}", whit.bytes);
        if common::root().join(format!("filters/{name}/official.rs")).is_file() {
            let official = face(&format!("filters/{name}.official-tuned.wasm"));
            let least = if declared.most_of_hand.is_some() { 30 } else { 10 };
            let times = official.bytes / whit.bytes;
            assert!(times >= least, "{name}: {} is {times} × {}", official.bytes, whit.bytes);
        }
    }
}

/// Pruning takes three in ten bytes at most, and a few dozen bytes: without it, a plugin is a plain cargo build away.
#[test]
fn a_plain_build_is_little_larger_and_holds_the_same_callbacks() {
    for (name, _) in declared() {
        let whit = face(&format!("filters/{name}.wasm"));
        let plain = face(&format!("filters/{name}.plain.wasm"));
        assert!(
            plain.bytes <= whit.bytes * 10 / 7 + 48,
            "{name}: {} and {}",
            plain.bytes,
            whit.bytes
        );
        assert_eq!(plain.imports, whit.imports, "{name}");
        assert!(whit.exports.iter().all(|export| plain.exports.contains(export)), "{name}");
        assert_eq!(plain.pages, whit.pages.max(1), "{name}");
    }
}

#[test]
fn each_macro_of_level_0_is_one_export() {
    let exports =
        ["memory", "proxy_abi_version_0_1_0", "proxy_on_memory_allocate", "proxy_on_vm_start"];
    for build in ["guests/level-0.wasm", "guests/level-0.plain.wasm"] {
        let mut level_0 = face(build);
        level_0.exports.retain(|export| !export.starts_with("__"));
        // Without a hostcall that returns bytes, the arena refuses, and uses no memory.
        let pruned = !build.contains("plain");
        assert_eq!(level_0.exports, exports[usize::from(pruned)..], "{build}");
        assert_eq!(level_0.imports, [""; 0], "{build}");
    }
}

/// What the READMEs call a filter is one that is built and tested, and so is its WAT.
#[test]
fn the_readmes_show_the_filter_and_its_wat() {
    let read = |path: &str| std::fs::read_to_string(common::root().join(path)).expect("a file");
    for (readme, fence, path) in [
        ("README.md", "rust", "src/lib.rs"),
        ("README.md", "wat", "hand.wat"),
        ("sdk/README.md", "rust", "src/lib.rs"),
    ] {
        let source = read(&format!("filters/add-header/{path}"));
        let (_, code) = source.split_once('\n').expect("a line that says what it is");
        let shown = format!("```{fence}\n{code}```\n");
        assert!(read(readme).contains(&shown), "{readme}: {path}");
    }
}
