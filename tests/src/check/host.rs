//! The hosts, and what one says.

use std::fmt;

use serde::Serialize;

/// A host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Host {
    /// Envoy 1.40 with V8, and so Istio and Envoy Gateway.
    Envoy,
    /// This crate's runner, which says what Envoy says, and refuses code that its engine does not run.
    #[serde(rename = "whit-test")]
    Runner,
    /// ngx_wasm_module: NGINX, OpenResty and Kong.
    #[serde(rename = "ngx_wasm_module")]
    NgxWasmModule,
}

impl Host {
    /// Every host.
    pub const ALL: [Self; 3] = [Self::Envoy, Self::Runner, Self::NgxWasmModule];
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Envoy => "Envoy",
            Self::Runner => "whit-test",
            Self::NgxWasmModule => "ngx_wasm_module",
        })
    }
}

/// Whether a host takes a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// It does.
    Accepts,
    /// It does, and not all is as it looks.
    AcceptsWithNotes,
    /// It loads the module, and its process ends when the plugin gets to work.
    Crashes,
    /// It does not load the module.
    Refuses,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Accepts => "accepts",
            Self::AcceptsWithNotes => "accepts, with notes",
            Self::Crashes => "crashes",
            Self::Refuses => "refuses",
        })
    }
}

/// What a host would say to a module.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct HostReport {
    /// The host.
    pub host: Host,
    /// Whether it takes the module.
    pub verdict: Verdict,
    /// The lines that Envoy logs when it refuses the module, in the runner as well; none of
    /// ngx_wasm_module.
    pub log: Vec<String>,
    /// Why, in sentences without their subject, which is the host.
    pub reasons: Vec<String>,
}

impl HostReport {
    pub(super) fn new(host: Host) -> Self {
        Self { host, verdict: Verdict::Accepts, log: Vec::new(), reasons: Vec::new() }
    }

    /// Adds a reason for a verdict; the worst one counts.
    pub(super) fn add(&mut self, verdict: Verdict, reason: impl Into<String>) {
        self.verdict = self.verdict.max(verdict);
        self.reasons.push(reason.into());
    }

    pub(super) fn note(&mut self, reason: impl Into<String>) {
        self.add(Verdict::AcceptsWithNotes, reason);
    }
}
