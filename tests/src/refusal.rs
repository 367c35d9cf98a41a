//! Why a host would not take a plugin, in one sentence.

/// What Envoy puts before a failure of its VM.
pub(crate) const VM_FAILED: &str = "Wasm VM failed ";
pub(crate) const NO_MARKER: &str = "Missing or unknown Proxy-Wasm ABI version";
pub(crate) const NO_ALLOCATOR: &str = "Wasm module is missing malloc function.";

/// The lines that Envoy logs, without what it puts before each and without backtraces, and then what
/// the lines do not say: `help`, or else the names of exports.
pub(crate) fn sentence(log: &[String], help: Option<&str>) -> String {
    let bare = |line: &String| {
        let line = line.lines().next().unwrap_or_default();
        line.strip_prefix(VM_FAILED).unwrap_or(line).to_owned()
    };
    let lines: Vec<String> = log.iter().map(bare).collect();
    let names = lines.iter().find_map(|line| match line.as_str() {
        NO_MARKER => Some(
            "it exports no function proxy_abi_version_0_2_1, proxy_abi_version_0_2_0 or proxy_abi_version_0_1_0",
        ),
        NO_ALLOCATOR => Some("it exports neither proxy_on_memory_allocate nor malloc"),
        _ => None,
    });
    let mut sentence = if lines.is_empty() {
        "Plugin failed to load".to_owned()
    } else {
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end_matches('.')).collect();
        lines.join("; ")
    };
    if let Some(help) = help.or(names) {
        sentence.push_str(&format!(" ({help})"));
    }
    sentence
}
