//! Built plugins, and the configurations that their cases have.

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use wasmtime::{Config, Engine, Module};
use whit_test::case::CaseFile;

/// The plugins, of which an input names one by its place here: new ones come to the end.
const PLUGINS: [&str; 30] = [
    "filters/access-log",
    "filters/add-header",
    "filters/api-key",
    "filters/canary",
    "filters/cors",
    "filters/ext-auth",
    "filters/filter-metadata",
    "filters/grpc-auth-random",
    "filters/hello-world",
    "filters/http-auth-random",
    "filters/http-body",
    "filters/http-config",
    "filters/http-headers",
    "filters/jwt",
    "filters/rate-limit",
    "filters/redact",
    "filters/security-headers",
    "filters/tcp-guard",
    "filters/tcp-routing",
    "filters/tiny",
    "filters/vm-start-accept",
    "filters/vm-start-refuse",
    "guests/connections",
    "guests/copy-path",
    "guests/errors",
    "guests/json",
    "guests/mixed",
    "guests/passes",
    "guests/properties",
    "featured/jwt-all",
];

/// A plugin that was built.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) name: &'static str,
    pub(crate) module: Module,
    /// Of its cases, and an empty one.
    pub(crate) configurations: Vec<String>,
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(Config::new().consume_fuel(true)).expect("the engine has what it needs")
});

/// A plugin by its number.
pub(crate) fn plugin(number: usize) -> &'static Built {
    static BUILT: [OnceLock<Built>; PLUGINS.len()] = [const { OnceLock::new() }; PLUGINS.len()];
    let number = number % PLUGINS.len();
    BUILT[number].get_or_init(|| {
        let name = PLUGINS[number];
        let path = path(name);
        let module = Module::from_file(&ENGINE, &path);
        let module = module.unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        Built { name, module, configurations: configurations(name) }
    })
}

/// The file of a built plugin.
pub(crate) fn path(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| root().join("target")).join(format!("{name}.wasm"))
}

fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    tests.and_then(Path::parent).expect("it is a folder of the workspace")
}

fn configurations(name: &str) -> Vec<String> {
    let (kind, name) = name.split_once('/').expect("a folder and a name");
    let file = match (kind, name.split_once('-')) {
        ("filters", _) => format!("filters/{name}/cases.toml"),
        ("featured", Some((name, feature))) => format!("filters/{name}/cases-{feature}.toml"),
        _ => format!("tests/guests/{name}/cases.toml"),
    };
    let mut all = vec![String::new()];
    // Some guests have none.
    if let Ok(file) = CaseFile::read(root().join(file)) {
        for case in &file.cases {
            all.extend_from_slice(case.configurations());
        }
    }
    all.dedup();
    all
}
