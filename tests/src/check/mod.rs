//! What each host would say to a module, without running any of it, and what takes the module's bytes.
//!
//! ```
//! use whit_test::check::{Host, Report, Verdict};
//!
//! let module = wat::parse_str(
//!     r#"(module
//!         (func (export "proxy_abi_version_0_2_1"))
//!         (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
//!         (func (export "proxy_on_http_request_headers") (param i32 i32 i32) (result i32) i32.const 0))"#,
//! )
//! .expect("valid WAT");
//!
//! let report = Report::of(&module);
//! let envoy = report.host(Host::Envoy);
//! assert_eq!(envoy.verdict, Verdict::AcceptsWithNotes);
//! assert_eq!(
//!     envoy.reasons,
//!     ["never calls `proxy_on_http_request_headers`: did you mean `proxy_on_request_headers`?"]
//! );
//! ```
//!
//! Envoy's part is decided where the runner decides it when it boots a module, and in the same words.
//! What needs running is not decided: [`Report::runs`] lists it.
//!
//! # As JSON
//!
//! A [`Report`] serializes with the names of its fields, which stay:
//!
//! ```
//! # use whit_test::check::Report;
//! # let module = wat::parse_str("(module (memory 1))").expect("valid WAT");
//! let json = serde_json::to_value(Report::of(&module)).expect("a report serializes");
//! assert_eq!(json["bytes"], 13);
//! assert_eq!(json["abi"], serde_json::Value::Null); // or "0.2.1"
//! assert_eq!(json["pages"], 1);
//! assert_eq!(json["hosts"][0]["host"], "envoy"); // then "whit-test", "ngx_wasm_module"
//! assert_eq!(json["hosts"][0]["verdict"], "refuses"); // "accepts", "accepts-with-notes", "crashes"
//! assert_eq!(json["hosts"][0]["log"][0], "Wasm VM failed Missing or unknown Proxy-Wasm ABI version");
//! assert!(json["hosts"][0]["reasons"][0].is_string());
//! assert_eq!(json["runs"], serde_json::json!([]));
//! assert_eq!(json["parts"][0]["section"], "header");
//! assert_eq!(json["parts"][0]["what"], "of the file");
//! assert_eq!(json["parts"][0]["bytes"], 8);
//! ```

mod envoy;
mod exports;
mod host;
mod names;
mod ngx;
mod ngx_offers;
mod parts;

use serde::{Serialize, Serializer};

use crate::AbiVersion;
use crate::runner::code::{Functions, Interface, Loaded, refuse_code, validate};
pub use host::{Host, HostReport, Verdict};
pub use parts::Part;

/// What each host would say to a module, and what takes its bytes.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How many the module has.
    pub bytes: usize,
    /// The ABI version that Envoy takes it to speak.
    #[serde(serialize_with = "abi")]
    pub abi: Option<AbiVersion>,
    /// Pages of 64 KiB that its memory begins with; `None` without a memory, or if it is no valid module.
    pub pages: Option<u64>,
    /// One of each [`Host`], in the order of [`Host::ALL`].
    pub hosts: Vec<HostReport>,
    /// What Envoy runs before the plugin serves, in this order: names of exports, and `start section`. What
    /// comes of it is not in this report: it may be that the plugin refuses to start.
    pub runs: Vec<String>,
    /// What takes the module's bytes, the largest first. They add up to `bytes`.
    pub parts: Vec<Part>,
}

impl Report {
    /// Checks a module.
    pub fn of(module: &[u8]) -> Self {
        let loaded = Loaded::load(module);
        let valid = match &loaded {
            Ok(loaded) => Ok(loaded.interface.clone()),
            Err(_) => validate(module),
        };
        let envoy = envoy::report(&loaded, valid.as_ref().ok());
        let mut runner = HostReport { host: Host::Runner, ..envoy.clone() };
        let mut ngx = ngx::report(&valid);
        if envoy.verdict != Verdict::Refuses
            && let Some(refusal) = refuse_code(module)
        {
            runner.add(Verdict::Refuses, refusal.to_string());
            ngx.note(ngx::CODE);
        }
        let abi = loaded.ok().map(|loaded| loaded.abi);
        Self {
            bytes: module.len(),
            abi,
            pages: valid.as_ref().ok().and_then(|valid| Some(valid.memories.first()?.initial)),
            hosts: vec![envoy, runner, ngx],
            runs: valid.iter().zip(abi).flat_map(|(valid, abi)| runs(valid, abi)).collect(),
            parts: parts::of(module),
        }
    }

    /// What this host would say.
    pub fn host(&self, host: Host) -> &HostReport {
        &self.hosts[host as usize]
    }
}

fn runs(interface: &Interface, abi: AbiVersion) -> Vec<String> {
    let found: Vec<&str> = Functions::of(interface, abi, |_| true).names().collect();
    let mut runs: Vec<String> =
        interface.starts.then(|| "start section".to_owned()).into_iter().collect();
    for name in [
        "_initialize",
        "main",
        "__main_void",
        "_start",
        "proxy_on_context_create",
        "proxy_on_vm_start",
        "proxy_on_configure",
    ] {
        if found.contains(&name) && !(name == "__main_void" && found.contains(&"main")) {
            runs.push(name.to_owned());
        }
    }
    runs
}

fn abi<S: Serializer>(abi: &Option<AbiVersion>, serializer: S) -> Result<S::Ok, S::Error> {
    abi.map(|abi| abi.to_string()).serialize(serializer)
}
