//! Suites of Google's [plugin tester], in the runner: `TestSuite` in Protocol Buffers' text format.
//!
//! ```
//! use whit_test::Vm;
//! use whit_test::suite::Suite;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let suite = Suite::parse(
//!     br#"test {
//!       name: "passes headers on"
//!       request_headers {
//!         input { header { key: ":path" value: "/" } }
//!         result { has_header { key: ":path" value: "/" } }
//!       }
//!     }"#,
//!     ".".as_ref(),
//! )?;
//! # let module = wat::parse_str(
//! #     r#"(module
//! #         (func (export "proxy_abi_version_0_2_1"))
//! #         (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0))"#,
//! # )?;
//! let vm = Vm::new(&module)?;
//! for test in suite.tests() {
//!     assert_eq!(suite.run(test, &vm, b"").failures, []);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Each test has a VM, a plugin and a stream of its own, whose callbacks are called one by one. As in
//! the tester:
//!
//! - A phase shows the stream nothing of the others. Headers are never the end of their message, each
//!   body is, whatever comes after it. Nothing is buffered: a callback sees its own chunk.
//! - Header maps are sorted, hold each name once, as it was first spelled, and join what is added to it
//!   after `, `. A request line or a status line in `content` or `file` becomes fields such as `:path`.
//! - A callback of headers must let the stream go on, unless an `immediate` is expected. What must come
//!   of it is then about the reply. Later phases do not run; nothing comes of them. A reply from a
//!   callback of a body is not seen, so that an `immediate` there does not hold.
//! - The log of a phase is what its stream's context has logged in its last callback, from the suite's
//!   level on; that of `plugin_init` is the plugin context's. A stream has no `proxy_on_log`.
//! - The stream has the properties of its test and no others. The clock stands still, a millisecond
//!   after 1970 began if `time_secs` does not say when.
//! - `wasm_path`, `config_path` and `log_path` are paths from where the program runs; a `file` is one
//!   from the suite's folder.
//!
//! # Where it differs from the tester
//!
//! - Beyond maps, properties, log and clock, the plugin has the runner's hostcalls, which are Envoy's:
//!   `proxy_set_buffer_bytes` in the middle of a body is refused, a map out of its turn has no pairs, and
//!   metrics, ticks, shared data, queues and `proxy_set_property`, which the tester has not, are there.
//!   Calls find no cluster.
//! - The plugin starts as in Envoy: in three VMs before the one that is looked at. A module that Envoy
//!   would refuse is refused.
//! - Regular expressions are those of the crate `regex`: RE2's, but `\d`, `\s`, `\w` and `\b` know all of
//!   Unicode, and `\C` and `\Q` are refused.
//! - What a test could never run with is a mistake in the suite: a wrong expression, a file that is not
//!   there, a header without a `key`, a body with fewer bytes than `num_chunks`, a second body where they
//!   are cut, a suite without tests.
//! - A head in `content` must keep to HTTP's form: no folded lines, a target that needs no escapes, no
//!   body after it.
//! - Nothing is measured: `benchmark` and what belongs to it count for nothing. Whatever does is in
//!   [`Suite::notes`].
//! - Of a plugin that does not start, there is no log.
//!
//! [plugin tester]: https://github.com/GoogleCloudPlatform/service-extensions/tree/main/plugins

mod chunks;
mod expect;
mod head;
mod input;
mod matcher;
mod plan;
mod run;
mod schema;
mod text;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::Vm;
use plan::Env;
pub use plan::Test;
pub use run::Ran;
pub use text::Remark;

/// A suite.
#[derive(Debug)]
pub struct Suite {
    env: Env,
    tests: Vec<Test>,
    notes: Vec<Remark>,
}

/// Why a file is no suite.
#[derive(Debug, Error)]
pub enum SuiteError {
    /// It cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no suite, or names a file that cannot be read.
    #[error("{}:{remark}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        remark: Remark,
    },
}

impl Suite {
    /// Reads a suite, and the files that it names.
    ///
    /// # Errors
    /// It cannot be read, or is no suite.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SuiteError> {
        let path = path.as_ref();
        let file = std::fs::read(path)
            .map_err(|error| SuiteError::Read { path: path.to_owned(), error })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&file, folder)
            .map_err(|remark| SuiteError::Wrong { path: path.to_owned(), remark })
    }

    /// Parses a suite. The files that it names lie in `folder`.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(file: &[u8], folder: &Path) -> Result<Self, Remark> {
        let (env, tests, notes) = plan::plan(folder, text::read(file)?)?;
        Ok(Self { env, tests, notes })
    }

    /// What it says that counts for nothing: what it is, the first time, and why.
    pub fn notes(&self) -> &[Remark] {
        &self.notes
    }

    /// Its tests.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// The module that it names.
    pub fn module(&self) -> Option<&Path> {
        self.env.wasm_path.as_deref()
    }

    /// The plugin configuration that it names.
    pub fn configuration(&self) -> Option<&Path> {
        self.env.config_path.as_deref()
    }

    /// The file that logs are to be added to.
    pub fn log(&self) -> Option<&Path> {
        self.env.log_path.as_deref()
    }

    /// Runs one of its tests.
    pub fn run(&self, test: &Test, vm: &Vm, configuration: &[u8]) -> Ran {
        run::run(&self.env, test, vm, configuration)
    }
}
