//! Case files, in the runner and in real Envoy: every filter in every variant, and the probes, which
//! are guests that show one behaviour of a host each.

mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use common::envoy::{envoy_trial, envoy_version, none, run};
use common::{module, root};
use libtest_mimic::Trial;
use whit_test::case::{Case, CaseFile, EnvoyVersion, Observed};
use whit_test::{Vm, observe};

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for filter in entries(&root().join("filters")) {
        let (name, file) = (stem(&filter), filter.join("cases.toml"));
        if !file.is_file() {
            continue;
        }
        // Those of a feature, with which it is built alone.
        for file in entries(&filter) {
            if let Some(feature) = stem(&file).strip_prefix("cases-") {
                let name = format!("{name}-{feature}");
                let module = module(&format!("featured/{name}.wasm"));
                trials.extend(cases(&name, "whit", &module, &file));
            }
        }
        let variants = [
            ("whit", "wasm", "src/lib.rs"),
            ("plain", "plain.wasm", "src/lib.rs"),
            ("hand", "hand.wasm", "hand.wat"),
            ("official", "official.wasm", "official.rs"),
            ("official-tuned", "official-tuned.wasm", "official.rs"),
        ];
        for (variant, extension, source) in variants {
            if filter.join(source).is_file() {
                let module = module(&format!("filters/{name}.{extension}"));
                let label = format!("{name} {variant}");
                trials.extend(cases(&label, variant, &module, &file));
            }
        }
    }
    for guest in entries(&root().join("tests/guests")) {
        let (name, file) = (stem(&guest), guest.join("cases.toml"));
        if file.is_file() {
            for extension in ["wasm", "plain.wasm"] {
                let module = module(&format!("guests/{name}.{extension}"));
                trials.extend(cases(&format!("guest {name}.{extension}"), "whit", &module, &file));
            }
        }
    }
    let probes = root().join("tests/probes");
    for wat in entries(&probes).filter(|path| path.extension().is_some_and(|end| end == "wat")) {
        let name = stem(&wat);
        let module = common::target().join(format!("probes/{name}.wasm"));
        std::fs::create_dir_all(module.parent().expect("it has a folder")).expect("a folder");
        std::fs::write(&module, wat::parse_file(&wat).expect("a valid probe")).expect("a file");
        trials.extend(cases(&format!("probe {name}"), "", &module, &wat.with_extension("toml")));
    }
    run(trials)
}

/// A module, which is compiled once for all its cases.
#[derive(Clone)]
struct Module {
    path: PathBuf,
    /// `None` if it is refused.
    vm: Arc<OnceLock<Option<Vm>>>,
}

impl Module {
    /// What the runner makes of a case.
    fn observe(&self, case: &Case) -> Result<Observed, String> {
        match self.vm.get_or_init(|| Vm::load(&self.path).ok()) {
            Some(vm) => Ok(vm.observe(case).0),
            None => {
                let module = std::fs::read(&self.path).map_err(|error| error.to_string())?;
                Ok(observe(&module, case).0)
            }
        }
    }
}

/// Each case of a file that concerns this variant, on each host.
fn cases(label: &str, variant: &str, module: &Path, file: &Path) -> Vec<Trial> {
    let file = CaseFile::read(file).unwrap_or_else(|error| panic!("{error}"));
    let module = Module { path: module.to_owned(), vm: Arc::default() };
    let mut trials = Vec::new();
    for case in file.cases.into_iter().filter(|case| case.excuse(variant).is_none()) {
        let name = format!("{label}: {}", case.name);
        let in_envoy = case.clone();
        if envoy_version().is_none_or(|version| case.is_of(version)) {
            let module = module.clone();
            trials.push(envoy_trial(format!("envoy: {name}"), move |envoy| {
                let observed =
                    envoy.observe(&module.path, &in_envoy).map_err(|error| error.to_string())?;
                let mut differences = in_envoy.check(&observed);
                if envoy_version() == Some(EnvoyVersion::OF_RUNNER) {
                    let found = module.observe(&in_envoy)?.differences(&observed);
                    let open =
                        found.iter().filter(|found| !in_envoy.differs.contains_key(&found.part));
                    differences.extend(open.map(|found| format!("the runner differs: {found}")));
                }
                none(&differences)
            }));
        }
        if case.is_of(EnvoyVersion::OF_RUNNER) {
            let module = module.clone();
            trials.push(Trial::test(format!("runner: {name}"), move || {
                Ok(none(&case.check(&module.observe(&case)?))?)
            }));
        }
    }
    trials
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let mut entries: Vec<_> = folder
        .read_dir()
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    entries.into_iter()
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}
