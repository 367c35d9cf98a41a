//! Modules that Envoy refuses, and ones that it takes although they look wrong: the runner says the
//! same, line by line.

mod common;

use std::process::ExitCode;

use common::envoy::{envoy_trial, run};
use common::target;
use libtest_mimic::Trial;
use whit_test::case::{Case, Observed, Outcome, SeenStream};
use whit_test::check::{Host, Report, Verdict};
use whit_test::envoy::Envoy;
use whit_test::observe;

const MARKER: &str = r#"(func (export "proxy_abi_version_0_2_1"))"#;
const ALLOCATOR: &str =
    r#"(func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)"#;

/// A module's fields beside the marker and the allocator, and what the sentence about it holds;
/// nothing if it boots.
const FIELDS: [(&str, &str, &[&str]); 31] = [
    ("boots", "", &[]),
    ("missing import", r#"(import "env" "proxy_nope" (func))"#, &["env.proxy_nope"]),
    (
        "import of another version",
        r#"(import "env" "proxy_get_configuration" (func (param i32 i32) (result i32)))"#,
        &["env.proxy_get_configuration", "0.2.1"],
    ),
    (
        "import with another type",
        r#"(import "env" "proxy_done" (func (param i32 f64)))"#,
        &["env.proxy_done", "i32 f64 -> void", "void -> i32"],
    ),
    ("imported global", r#"(import "env" "base" (global i32))"#, &["env.base"]),
    ("imported memory", r#"(import "env" "memory" (memory 1))"#, &[]),
    ("imported table", r#"(import "env" "table" (table 1 funcref))"#, &[]),
    (
        "wrong signature",
        r#"(func (export "proxy_on_vm_start") (param i32) (result i32) i32.const 1)"#,
        &["proxy_on_vm_start", "i32 i32 -> i32"],
    ),
    (
        "wrong signatures",
        r#"(func (export "proxy_on_request_headers") (param i32 i32) (result i32) i32.const 0) (func (export "proxy_on_log") (param i64))"#,
        &["proxy_on_log", "proxy_on_request_headers"],
    ),
    ("a callback's name on a global", r#"(global (export "proxy_on_log") i32 (i32.const 0))"#, &[]),
    (
        "vm_start refuses",
        r#"(func (export "proxy_on_vm_start") (param i32 i32) (result i32) i32.const 0)"#,
        &["Failed to start base Wasm"],
    ),
    (
        "configure refuses",
        r#"(func (export "proxy_on_configure") (param i32 i32) (result i32) i32.const 0)"#,
        &["Failed to configure base Wasm plugin"],
    ),
    (
        "vm_start traps",
        r#"(func (export "proxy_on_vm_start") (param i32 i32) (result i32) unreachable)"#,
        &["proxy_on_vm_start", "unreachable"],
    ),
    (
        "configure divides by zero",
        r#"(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.div_u (i32.const 1) (i32.const 0)))"#,
        &["proxy_on_configure", "divide by zero"],
    ),
    (
        "context_create traps",
        r#"(func (export "proxy_on_context_create") (param i32 i32) unreachable)"#,
        &[],
    ),
    (
        "start function traps",
        r#"(func (export "_initialize") unreachable)"#,
        &["_initialize", "unreachable"],
    ),
    (
        "start function calls the host",
        r#"(import "env" "proxy_done" (func $done (result i32))) (func (export "_start") (drop (call $done)))"#,
        &["_start", "restricted_callback"],
    ),
    (
        "start section traps",
        "(func $start unreachable) (start $start)",
        &["Failed to create new Wasm instance"],
    ),
    // Without names, or the backtraces differ: V8 knows the place of the innermost call.
    (
        "start function overflows the stack",
        r#"(func (export "_start") (call 0))"#,
        &["_start", "call stack"],
    ),
    (
        "vm_start after a trap",
        r#"(func (export "proxy_on_context_create") (param i32 i32) unreachable) (func (export "proxy_on_vm_start") (param i32 i32) (result i32) i32.const 0)"#,
        &["Failed to start base Wasm"],
    ),
    (
        "start function closes a file",
        r#"(import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32))) (func (export "_initialize") (drop (call $close (i32.const 1))))"#,
        &["_initialize", "restricted_callback"],
    ),
    (
        "start function exits",
        r#"(import "wasi_unstable" "proc_exit" (func $exit (param i32))) (func (export "_start") (call $exit (i32.const 0)))"#,
        &["_start", "restricted_callback"],
    ),
    (
        "start function compares threads",
        r#"(import "env" "pthread_equal" (func $equal (param i32 i32) (result i32))) (func (export "_start") (drop (call $equal (i32.const 0) (i32.const 0))))"#,
        &["_start", "restricted_callback"],
    ),
    (
        "start function asks for the time",
        r#"(import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32))) (memory (export "memory") 1) (func (export "_start") (drop (call $time (i32.const 0) (i64.const 0) (i32.const 0))))"#,
        &[],
    ),
    (
        "start function traps beside a wrong signature",
        r#"(func (export "_start") unreachable) (func (export "proxy_on_log"))"#,
        &["proxy_on_log", "_start failed"],
    ),
    (
        "elements outside the table",
        "(table 1 funcref) (elem (i32.const 1) func 0)",
        &["Failed to create new Wasm instance"],
    ),
    (
        "data outside the memory",
        r#"(memory (export "memory") 1) (data (i32.const 65536) "x")"#,
        &["Failed to create new Wasm instance"],
    ),
    ("two memories", r#"(memory (export "a") 1) (memory (export "b") 1)"#, &[]),
    (
        "more than 10,000,000 elements",
        "(table 10000001 funcref)",
        &["Failed to load Wasm bytecode"],
    ),
    ("more than 1 GiB", r#"(memory (export "memory") 16385)"#, &["Failed"]),
    (
        "imports more than 1 GiB",
        r#"(import "env" "memory" (memory 16385))"#,
        &["Failed to initialize"],
    ),
];

/// Those that only running them shows to be refused.
const NEED_RUNNING: [&str; 13] = [
    "vm_start refuses",
    "configure refuses",
    "vm_start traps",
    "configure divides by zero",
    "start function traps",
    "start function calls the host",
    "start section traps",
    "start function overflows the stack",
    "vm_start after a trap",
    "start function closes a file",
    "start function exits",
    "start function compares threads",
    "start function traps beside a wrong signature",
];

/// What V8 runs in Envoy, and wasmtime, as it is built here, does not.
const BEYOND_THE_RUNNER: [(&str, &str); 5] = [
    ("exceptions", "(tag $e) (func (block $caught (try_table (catch $e $caught) throw $e)))"),
    ("old exceptions", "(tag $e) (func try throw $e catch $e end)"),
    ("shared memory", r#"(memory (export "memory") 1 2 shared)"#),
    ("host references", "(func (param externref))"),
    (
        "garbage collection",
        "(type $s (struct (field i32))) (func (drop (struct.new $s (i32.const 1))))",
    ),
];

/// Whole modules, of bytes or WAT.
fn modules() -> Vec<(&'static str, Vec<u8>, &'static [&'static str])> {
    let wat = |fields: &str| wat::parse_str(format!("(module {fields})")).expect("valid WAT");
    let boots = wat(&format!("{MARKER} {ALLOCATOR}"));
    let mut modules: Vec<(&str, Vec<u8>, &[&str])> = FIELDS
        .iter()
        .map(|(name, fields, sentence)| {
            // Imports come first.
            (*name, wat(&format!("{fields} {MARKER} {ALLOCATOR}")), *sentence)
        })
        .collect();
    modules.extend([
        ("no Wasm", b"this is no Wasm at all".to_vec(), &["no Wasm"][..]),
        ("under eight bytes", b"abc".to_vec(), &["no Wasm"]),
        ("empty file", Vec::new(), &["empty"]),
        ("component", b"\0asm\x0d\0\x01\0".to_vec(), &["it is a component"]),
        ("component with a module", wat::parse_str("(component (core module) (type string))").expect("valid WAT"), &["corrupted", "it is a component"]),
        ("header alone", boots[..8].to_vec(), &["proxy_abi_version_0_2_1"]),
        ("cut short", boots[..40].to_vec(), &["corrupted"]),
        ("no marker", wat(ALLOCATOR), &["proxy_abi_version_0_2_1"]),
        ("unknown marker", wat(&format!(r#"(func (export "proxy_abi_version_0_3_0")) {ALLOCATOR}"#)), &["proxy_abi_version_0_2_1"]),
        ("marker on a global", wat(&format!(r#"(global (export "proxy_abi_version_0_2_1") i32 (i32.const 0)) {ALLOCATOR}"#)), &["proxy_abi_version_0_2_1"]),
        ("no allocator", wat(MARKER), &["proxy_on_memory_allocate", "malloc"]),
        ("allocator with a wrong signature", wat(&format!(r#"{MARKER} (func (export "proxy_on_memory_allocate"))"#)), &["proxy_on_memory_allocate", "i32 -> i32"]),
        ("malloc with a wrong signature", wat(&format!(r#"{MARKER} {ALLOCATOR} (func (export "malloc"))"#)), &["malloc", "i32 -> i32"]),
        ("malloc", wat(&format!(r#"{MARKER} (func (export "malloc") (param i32) (result i32) i32.const 0)"#)), &[]),
        ("nothing right", wat(&format!(r#"{MARKER} (func (export "proxy_on_configure"))"#)), &["malloc", "proxy_on_configure"]),
        ("invalid code", invalid_code(), &["Failed to load Wasm bytecode"]),
        ("log level in 0.2.0", wat(&format!(r#"(import "env" "proxy_get_log_level" (func (param i32) (result i32))) (func (export "proxy_abi_version_0_2_0")) {ALLOCATOR}"#)), &["env.proxy_get_log_level", "0.2.0"]),
        ("0.1.0", wat(&format!(r#"(import "env" "proxy_continue_request" (func (result i32))) (func (export "proxy_abi_version_0_1_0")) {ALLOCATOR} (func (export "proxy_on_request_headers") (param i32 i32) (result i32) i32.const 0)"#)), &[]),
        ("0.1.0 with a signature of 0.2", wat(&format!(r#"(func (export "proxy_abi_version_0_1_0")) {ALLOCATOR} (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) i32.const 0)"#)), &["proxy_on_request_headers", "i32 i32 -> i32"]),
    ]);
    for (name, marker) in [
        ("everything of 0.1.0", "0_1_0"),
        ("everything of 0.2.0", "0_2_0"),
        ("everything of 0.2.1", "0_2_1"),
    ] {
        modules.push((name, wat(&everything(marker)), &[]));
    }
    modules
}

/// A function whose body does not have the result that it declares.
fn invalid_code() -> Vec<u8> {
    let fields = format!(r#"{MARKER} {ALLOCATOR} (func (result i32) i32.const 77)"#);
    let mut module = wat::parse_str(format!("(module {fields})")).expect("valid WAT");
    // i32.const 77 becomes i64.const 77.
    let at = module.windows(2).rposition(|bytes| bytes == [0x41, 0xcd]).expect("i32.const 77");
    module[at] = 0x42;
    module
}

/// Imports every function that Envoy offers to an ABI version.
fn everything(marker: &str) -> String {
    let mut wat = String::new();
    let mut import = |module: &str, name: &str, params: &str, result: &str| {
        let types = params.chars().map(|ty| if ty == 'I' { " i64" } else { " i32" });
        let types: String = types.collect();
        wat.push_str(&format!("(import \"{module}\" \"{name}\" (func (param{types}){result}))\n"));
    };
    let result = " (result i32)";
    let specific: &[(&str, &str)] = match marker {
        "0_1_0" => &[
            ("get_configuration", "ii"),
            ("continue_request", ""),
            ("continue_response", ""),
            ("clear_route_cache", ""),
        ],
        "0_2_0" => &[("continue_stream", "i"), ("close_stream", "i")],
        _ => &[("continue_stream", "i"), ("close_stream", "i"), ("get_log_level", "i")],
    };
    for (name, params) in PROXY.iter().chain(specific) {
        import("env", &format!("proxy_{name}"), params, result);
    }
    for (name, params) in WASI {
        for module in ["wasi_unstable", "wasi_snapshot_preview1"] {
            import(module, name, params, if name == "proc_exit" { "" } else { result });
        }
    }
    import("env", "pthread_equal", "ii", result);
    import("env", "emscripten_notify_memory_growth", "i", "");
    import("env", "envoy_resolve_dns", "iii", result);
    format!("{wat} (func (export \"proxy_abi_version_{marker}\")) {ALLOCATOR}")
}

/// Names and parameters (`i` for i32, `I` for i64) of the functions of every ABI version.
const PROXY: [(&str, &str); 36] = [
    ("log", "iii"),
    ("get_status", "iii"),
    ("set_property", "iiii"),
    ("get_property", "iiii"),
    ("send_local_response", "iiiiiiii"),
    ("get_shared_data", "iiiii"),
    ("set_shared_data", "iiiii"),
    ("register_shared_queue", "iii"),
    ("resolve_shared_queue", "iiiii"),
    ("dequeue_shared_queue", "iii"),
    ("enqueue_shared_queue", "iii"),
    ("get_header_map_value", "iiiii"),
    ("add_header_map_value", "iiiii"),
    ("replace_header_map_value", "iiiii"),
    ("remove_header_map_value", "iii"),
    ("get_header_map_pairs", "iii"),
    ("set_header_map_pairs", "iii"),
    ("get_header_map_size", "ii"),
    ("get_buffer_status", "iii"),
    ("get_buffer_bytes", "iiiii"),
    ("set_buffer_bytes", "iiiii"),
    ("http_call", "iiiiiiiiii"),
    ("grpc_call", "iiiiiiiiiiii"),
    ("grpc_stream", "iiiiiiiii"),
    ("grpc_close", "i"),
    ("grpc_cancel", "i"),
    ("grpc_send", "iiii"),
    ("set_tick_period_milliseconds", "i"),
    ("get_current_time_nanoseconds", "i"),
    ("define_metric", "iiii"),
    ("increment_metric", "iI"),
    ("record_metric", "iI"),
    ("get_metric", "ii"),
    ("set_effective_context", "i"),
    ("done", ""),
    ("call_foreign_function", "iiiiii"),
];

const WASI: [(&str, &str); 45] = [
    ("args_get", "ii"),
    ("args_sizes_get", "ii"),
    ("clock_res_get", "ii"),
    ("clock_time_get", "iIi"),
    ("environ_get", "ii"),
    ("environ_sizes_get", "ii"),
    ("fd_advise", "iIIi"),
    ("fd_allocate", "iII"),
    ("fd_close", "i"),
    ("fd_datasync", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_fdstat_set_flags", "ii"),
    ("fd_fdstat_set_rights", "iII"),
    ("fd_filestat_get", "ii"),
    ("fd_filestat_set_size", "iI"),
    ("fd_filestat_set_times", "iIIi"),
    ("fd_pread", "iiiIi"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_prestat_get", "ii"),
    ("fd_pwrite", "iiiIi"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiiIi"),
    ("fd_renumber", "ii"),
    ("fd_seek", "iIii"),
    ("fd_sync", "i"),
    ("fd_tell", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_filestat_set_times", "iiiiIIi"),
    ("path_link", "iiiiii"),
    ("path_open", "iiiiiIIii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiii"),
    ("path_unlink_file", "iii"),
    ("poll_oneoff", "iiii"),
    ("proc_exit", "i"),
    ("random_get", "ii"),
    ("sched_yield", ""),
    ("sock_accept", "iii"),
    ("sock_recv", "iiiiii"),
    ("sock_send", "iiiii"),
    ("sock_shutdown", "ii"),
];

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for (name, module, sentence) in modules() {
        let in_runner = module.clone();
        trials.push(Trial::test(format!("runner: {name}"), move || {
            let (observed, _) = observe(&in_runner, &Case::get());
            Ok(check_sentence(&observed, sentence)?)
        }));
        let checked = module.clone();
        trials.push(Trial::test(format!("check says the same: {name}"), move || {
            Ok(check_agrees(&checked, NEED_RUNNING.contains(&name))?)
        }));
        trials.push(envoy_trial(format!("envoy agrees: {name}"), move |envoy| {
            let real = in_envoy(envoy, name, &module)?;
            let (ours, _) = observe(&module, &Case::get());
            agree(&ours, &real)
        }));
    }
    for (name, fields) in BEYOND_THE_RUNNER {
        let module = wat::parse_str(format!("(module {fields} {MARKER} {ALLOCATOR})"));
        let module = module.expect("valid WAT");
        trials.push(envoy_trial(format!("only envoy runs: {name}"), move |envoy| {
            let report = Report::of(&module);
            assert_eq!(report.host(Host::Envoy).verdict, Verdict::Accepts);
            assert_eq!(report.host(Host::Runner).verdict, Verdict::Refuses);
            let ngx = report.host(Host::NgxWasmModule).reasons.join("\n");
            assert!(ngx.contains("WebAssembly runtime"), "{ngx}");
            let ours = observe(&module, &Case::get()).0;
            check_sentence(&ours, &["V8 runs its code in Envoy, and this runner does not"])?;
            check_sentence(&in_envoy(envoy, name, &module)?, &[])
        }));
    }
    run(trials)
}

fn in_envoy(envoy: &Envoy, name: &str, module: &[u8]) -> Result<Observed, String> {
    let path = target().join(format!("refusals/{}.wasm", name.replace(' ', "-")));
    std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
    std::fs::write(&path, module).expect("a file");
    envoy.observe(&path, &Case::get()).map_err(|error| error.to_string())
}

/// The report refuses what the runner refuses, in its words, and says what has to run where only that
/// shows it.
fn check_agrees(module: &[u8], needs_running: bool) -> Result<(), String> {
    let report = Report::of(module);
    let envoy = report.host(Host::Envoy);
    let booted = observe(module, &Case::get()).0;
    if needs_running {
        let no_other_lines = envoy.log.iter().all(|line| booted.errors.contains(line));
        return if no_other_lines && !report.runs.is_empty() && booted.refused.is_some() {
            Ok(())
        } else {
            Err(format!("{report:?}\nbut {booted}"))
        };
    }
    // Of a module that is refused before it serves there are no other errors.
    let (why, log) = match &booted.refused {
        Some(why) => (Some(why), &booted.errors[..]),
        None => (None, &[][..]),
    };
    let refused = envoy.verdict == Verdict::Refuses;
    if refused != why.is_some()
        || envoy.log != log
        || why.is_some_and(|why| envoy.reasons[0] != *why)
    {
        return Err(format!("{envoy:#?}\nbut {why:?}, {log:#?}"));
    }
    Ok(())
}

/// One sentence that names what is wrong, or none.
fn check_sentence(observed: &Observed, words: &[&str]) -> Result<(), String> {
    match &observed.refused {
        Some(why) => {
            let missing: Vec<_> = words.iter().filter(|word| !why.contains(**word)).collect();
            if words.is_empty() || !missing.is_empty() || why.contains('\n') {
                return Err(format!("{why:?} lacks {missing:?}"));
            }
            Ok(())
        }
        None if words.is_empty() => match &observed.streams[..] {
            [SeenStream { outcome: Outcome::Answered { .. }, .. }] => Ok(()),
            _ => Err(observed.to_string()),
        },
        None => Err(format!("is not refused: {observed}")),
    }
}

fn agree(ours: &Observed, real: &Observed) -> Result<(), String> {
    let outcome = |observed: &Observed| match &observed.refused {
        Some(_) => "refused".to_owned(),
        None => observed.to_string(),
    };
    if outcome(ours) != outcome(real) {
        return Err(format!("runner: {}, Envoy: {}", outcome(ours), outcome(real)));
    }
    // The runner keeps the serving VM's errors; Envoy's log has the canary's before them.
    let logged = |observed: &Observed| {
        let mut lines = observed.errors.clone();
        lines.dedup();
        lines
    };
    if logged(ours) != logged(real) {
        return Err(format!("runner: {:#?}\nEnvoy: {:#?}", logged(ours), logged(real)));
    }
    Ok(())
}
