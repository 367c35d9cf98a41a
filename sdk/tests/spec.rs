//! Every name of the spec is covered, and the guide's page `spec` says by what.
//!
//! `spec-0.2.1.txt` is the spec's list: functions by their names, `type VALUE number`, and
//! `property path type`.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};

const SPEC: &str = include_str!("spec-0.2.1.txt");
const PAGE: &str = include_str!("../guide/spec.md");
const SYS: &str = include_str!("../src/sys/mod.rs");
const EXPORTS: &str = include_str!("../macros/src/exports.rs");

/// What the page tells of the spec: a row's name as in the list, and the last cell.
fn rows() -> Vec<(String, &'static str)> {
    let (page, _) =
        PAGE.split_once("\n## ABI 0.1.0 and 0.2.0").expect("the section on older versions");
    let mut kind = "";
    let mut rows = Vec::new();
    for line in page.lines() {
        if line == "## Well-known properties" {
            kind = "property";
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", cells @ .., ""] = &cells[..] else { continue };
        let Some(name) = cells[0].strip_prefix('`').and_then(|name| name.strip_suffix('`')) else {
            continue;
        };
        let (name, covered) = match cells[..] {
            [_, covered] => (name.to_owned(), covered),
            [_, "", covered] => {
                kind = name;
                (name.to_owned(), covered)
            }
            [_, second, covered] => (format!("{kind} {name} {second}"), covered),
            _ => panic!("a row of two or three cells: {line}"),
        };
        rows.push((name, covered));
    }
    rows
}

fn names() -> BTreeSet<&'static str> {
    SPEC.lines().collect()
}

#[test]
fn the_page_has_each_name_once_and_no_other() {
    let mut found = BTreeMap::new();
    for (name, covered) in rows() {
        assert!(covered.contains("[`") || covered.starts_with("no") || covered == "`Ok`", "{name}");
        *found.entry(name).or_insert(0) += 1;
    }
    assert_eq!(SPEC.lines().count(), names().len(), "the list has each name once");
    let twice: Vec<_> = found.iter().filter(|(_, count)| **count != 1).collect();
    assert!(twice.is_empty(), "more than once: {twice:?}");
    let found: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    let missing: Vec<_> = names().difference(&found).copied().collect();
    let unknown: Vec<_> = found.difference(&names()).copied().collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "missing: {missing:?}, not of the spec: {unknown:?}"
    );
}

/// The names of the functions that the host offers, as the list has them.
fn imports() -> BTreeSet<String> {
    let blocks = SYS.split("#[link(wasm_import_module = \"").skip(1);
    blocks
        .flat_map(|block| {
            let prefix = match block.split_once('"').expect("a module's name").0 {
                "env" => String::new(),
                module => format!("{module}."),
            };
            let functions = block.split("pub(crate) fn ").skip(1);
            functions
                .map(move |rest| format!("{prefix}{}", rest.split_once('(').expect("parameters").0))
        })
        .collect()
}

#[test]
fn every_function_of_the_host_is_declared() {
    /// Those of ABI 0.1.0 alone.
    const OLD: [&str; 2] = ["proxy_continue_request", "proxy_continue_response"];
    /// Those that a plugin on Whit has no use for.
    const NONE: [&str; 4] = ["fd_write", "args_sizes_get", "args_get", "proc_exit"];
    let declared = imports();
    for name in &declared {
        assert!(names().contains(name.as_str()) || OLD.contains(&name.as_str()), "{name}");
    }
    for name in names().into_iter().filter(|name| is_import(name)) {
        let unused = NONE.iter().any(|none| name.ends_with(&format!(".{none}")));
        assert_eq!(declared.contains(name), !unused, "{name}");
    }
    let tells =
        |name| rows().iter().find(|row| row.0 == name).is_some_and(|row| row.1.contains("[`"));
    for name in declared.iter().filter(|name| !OLD.contains(&name.as_str())) {
        assert!(tells(name.clone()), "the page does not say what covers {name}");
    }
}

fn is_import(name: &str) -> bool {
    let callback = ["proxy_on_", "proxy_abi_version_"].iter().any(|start| name.starts_with(start));
    let function = name.starts_with("proxy_") && !name.contains(' ') && !name.ends_with("_t");
    name.starts_with("wasi_snapshot_preview1.") || (function && !callback)
}

#[test]
fn every_callback_can_be_exported() {
    // In string literals, without `proxy_`.
    let exported: BTreeSet<String> = EXPORTS
        .split('"')
        .filter(|text| {
            text.starts_with("on_") && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        })
        .map(|name| format!("proxy_{name}"))
        .collect();
    for name in &exported {
        assert!(names().contains(name.as_str()), "{name} is none of the spec");
    }
    for name in names() {
        let callback = name.starts_with("proxy_on_") && name != "proxy_on_memory_allocate";
        assert_eq!(exported.contains(name), callback, "{name}");
    }
    let tells = |name: &str| {
        rows().iter().find(|row| row.0 == name).is_some_and(|row| row.1.contains("[`"))
    };
    assert!(exported.iter().all(|name| tells(name)));
}

/// The value of a name of a type.
fn value(kind: &str, name: &str) -> u32 {
    let start = format!("{kind} {name} ");
    let line = SPEC.lines().find(|line| line.starts_with(&start));
    let number = line.unwrap_or_else(|| panic!("{start} is in the list")).rsplit(' ').next();
    number.and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn values_are_the_specs() {
    use whit::{Action, Level, Peer, Status};

    for (name, status) in [
        ("OK", Status::OK),
        ("NOT_FOUND", Status::NOT_FOUND),
        ("BAD_ARGUMENT", Status::BAD_ARGUMENT),
        ("SERIALIZATION_FAILURE", Status::SERIALIZATION_FAILURE),
        ("PARSE_FAILURE", Status::PARSE_FAILURE),
        ("INVALID_MEMORY_ACCESS", Status::INVALID_MEMORY_ACCESS),
        ("EMPTY", Status::EMPTY),
        ("CAS_MISMATCH", Status::CAS_MISMATCH),
        ("INTERNAL_FAILURE", Status::INTERNAL_FAILURE),
        ("UNIMPLEMENTED", Status::UNIMPLEMENTED),
    ] {
        assert_eq!(value("proxy_status_t", name), status.0, "{name}");
    }
    for (name, level) in [
        ("TRACE", Level::Trace),
        ("DEBUG", Level::Debug),
        ("INFO", Level::Info),
        ("WARN", Level::Warn),
        ("ERROR", Level::Error),
        ("CRITICAL", Level::Critical),
    ] {
        assert_eq!(value("proxy_log_level_t", name), level as u32, "{name}");
    }
    for (name, action) in [("CONTINUE", Action::Continue), ("PAUSE", Action::Pause)] {
        assert_eq!(value("proxy_action_t", name), action as u32, "{name}");
    }
    for (name, peer) in
        [("UNKNOWN", Peer::UNKNOWN), ("LOCAL", Peer::LOCAL), ("REMOTE", Peer::REMOTE)]
    {
        assert_eq!(value("proxy_peer_type_t", name), peer.0, "{name}");
    }
}

/// Of those whose numbers are no part of the crate's surface.
#[test]
fn buffers_and_maps_have_the_specs_numbers() {
    let sources = [
        ("proxy_buffer_type_t", include_str!("../src/buffer.rs")),
        ("proxy_map_type_t", include_str!("../src/map.rs")),
    ];
    for (kind, source) in sources {
        let start = format!("{kind} ");
        for line in SPEC.lines().filter_map(|line| line.strip_prefix(&start)) {
            let (name, number) = line.split_once(' ').expect("a name and a number");
            // A stream's own are not called after HTTP here.
            let declared = [name, name.trim_start_matches("HTTP_")]
                .iter()
                .any(|name| source.contains(&format!(" const {name}: u32 = {number};")));
            assert!(declared, "{kind} {name}");
        }
    }
}

#[test]
fn properties_have_the_specs_types() {
    let source = include_str!("../src/property.rs");
    for line in SPEC.lines().filter_map(|line| line.strip_prefix("property ")) {
        let (path, kind) = line.split_once(' ').expect("a path and a type");
        let kind = match kind {
            "string" => "[u8]",
            "int" => "i64",
            "uint" => "u64",
            "bool" => "bool",
            "timestamp" => "Timestamp",
            "duration" => "Duration",
            other => panic!("a type of the spec: {other}"),
        };
        let constant = path.to_uppercase().replace('.', "_");
        assert!(
            source.contains(&format!("    {constant}: {kind} = \"{path}\";")),
            "{path}: {kind}"
        );
        let covered = format!("[`property::{constant}`]");
        assert!(
            PAGE.lines()
                .any(|row| row.starts_with(&format!("| `{path}` ")) && row.contains(&covered))
        );
    }
}
