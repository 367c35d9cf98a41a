//! Where cases run.

use std::path::{Path, PathBuf};

use super::Failure;
use super::failure::read;
use super::tally::{Failures, Tally};
use crate::case::{Case, CaseFile, EnvoyVersion, Observed};
use crate::envoy::Envoy;
use crate::{Error, Vm, observe};

/// What runs cases.
pub(super) enum Host {
    Runner,
    Envoy(Envoy, EnvoyVersion),
}

/// A module and its cases.
pub(super) struct Subject {
    /// What it is called, and what cases may excuse.
    pub(super) name: String,
    pub(super) module: PathBuf,
    /// Without a case file, the module must be accepted.
    pub(super) cases: Option<PathBuf>,
}

impl Host {
    const fn name(&self) -> &'static str {
        match self {
            Self::Runner => "runner",
            Self::Envoy(..) => "Envoy",
        }
    }

    const fn version(&self) -> EnvoyVersion {
        match self {
            Self::Runner => EnvoyVersion::OF_RUNNER,
            Self::Envoy(_, version) => *version,
        }
    }

    fn observe(&self, module: &Module<'_>, case: &Case) -> Result<Observed, String> {
        match self {
            Self::Runner => Ok(match &module.vm {
                Ok(vm) => vm.observe(case).0,
                Err(_) => observe(&module.bytes, case).0,
            }),
            Self::Envoy(envoy, _) => {
                envoy.observe(module.path, case).map_err(|error| error.to_string())
            }
        }
    }
}

/// A module, compiled for all of its cases.
struct Module<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
    vm: Result<Vm, Error>,
}

impl Subject {
    /// Each case, and where it is written.
    fn cases(&self) -> Result<Vec<(Case, String)>, Failure> {
        let Some(path) = &self.cases else {
            return Ok(vec![(Case::get(), self.module.display().to_string())]);
        };
        let file = CaseFile::read(path).map_err(|error| Failure::usage(error.to_string()))?;
        let at = |place| format!("{}:{place}", path.display());
        Ok(file.cases.into_iter().zip(file.places.into_iter().map(at)).collect())
    }

    /// What is wrong with what a host did.
    fn check(&self, case: &Case, observed: &Observed) -> Vec<String> {
        if self.cases.is_some() { case.check(observed) } else { observed.check_accepted() }
    }
}

/// Runs each case of each module on each host.
pub(super) fn run(hosts: &[Host], subjects: &[Subject]) -> Result<(), Failure> {
    let mut tally = Tally::of(&hosts.iter().map(Host::name).collect::<Vec<_>>());
    for subject in subjects {
        let cases = subject.cases()?;
        let bytes = read(&subject.module)?;
        let module = Module { path: &subject.module, vm: Vm::new(&bytes), bytes };
        for (case, at) in cases.iter().filter(|(case, _)| case.excuse(&subject.name).is_none()) {
            let mut came = String::new();
            let mut run_on = |host: &Host| {
                let failures = match host.observe(&module, case) {
                    Ok(observed) => {
                        came = format!(": {observed}");
                        subject.check(case, &observed)
                    }
                    Err(error) => vec![error],
                };
                let on = if hosts.len() > 1 { format!("{}: ", host.name()) } else { String::new() };
                failures.into_iter().map(|failure| format!("{at}: {on}{failure}")).collect()
            };
            let verdicts: Vec<Failures> =
                hosts.iter().map(|host| case.is_of(host.version()).then(|| run_on(host))).collect();
            let whose = if subjects.len() > 1 { &format!("{}: ", subject.name) } else { "" };
            tally.add(&format!("{whose}{}{came}", case.name), &verdicts);
        }
    }
    tally.end("cases")
}
