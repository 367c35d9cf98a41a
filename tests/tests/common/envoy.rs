//! Tests on real Envoy.

use std::process::ExitCode;
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Trial};
use whit_test::case::EnvoyVersion;
use whit_test::envoy::Envoy;

use super::target;

/// Real Envoy. Without network it can be missing: then its tests are skipped.
pub fn envoy() -> Option<&'static Envoy> {
    static ENVOY: OnceLock<Option<Envoy>> = OnceLock::new();
    let envoy = ENVOY.get_or_init(|| {
        Envoy::find_or_skip(&target().join("envoy")).unwrap_or_else(|error| panic!("{error}"))
    });
    envoy.as_ref()
}

/// Which release Envoy is.
pub fn envoy_version() -> Option<EnvoyVersion> {
    static VERSION: OnceLock<Option<EnvoyVersion>> = OnceLock::new();
    *VERSION.get_or_init(|| {
        envoy().map(|envoy| envoy.version().unwrap_or_else(|error| panic!("{error}")))
    })
}

/// A test that needs Envoy.
pub fn envoy_trial(
    name: String,
    test: impl FnOnce(&Envoy) -> Result<(), String> + Send + 'static,
) -> Trial {
    let envoy = envoy();
    let run = move || match envoy {
        Some(envoy) => Ok(test(envoy)?),
        None => Err("there is no Envoy".into()),
    };
    Trial::test(name, run).with_ignored_flag(envoy.is_none())
}

pub fn run(trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Fails with these lines, if there are any.
pub fn none(differences: &[String]) -> Result<(), String> {
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}
