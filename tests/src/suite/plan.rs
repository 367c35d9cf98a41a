//! Suites as they run: files are read, expressions compiled, and what counts for nothing is noted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::chunks::Chunks;
use super::expect::Expect;
use super::input::Input;
use super::matcher::Matcher;
use super::schema;
use super::text::{Many, Once, Placed, Remark};
use crate::runner::Way;
use crate::{LogLevel, Place};

/// What plans share.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// The suite's folder.
    folder: &'a Path,
    notes: Vec<Remark>,
}

/// What a suite says of all its tests.
#[derive(Debug)]
pub(super) struct Env {
    pub(super) wasm_path: Option<PathBuf>,
    pub(super) config_path: Option<PathBuf>,
    pub(super) log_path: Option<PathBuf>,
    pub(super) log_level: LogLevel,
    /// The host's, since 1970.
    pub(super) time: Duration,
}

/// A test of a suite: one plugin, and one stream through it.
#[derive(Debug)]
pub struct Test {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) properties: Vec<(String, Vec<u8>)>,
    /// What must be logged before the first phase and after the last one.
    pub(super) plugin_init: Vec<Matcher>,
    pub(super) stream_init: Vec<Matcher>,
    pub(super) stream_destroy: Vec<Matcher>,
    /// In the order in which they run.
    pub(super) phases: Vec<Phase>,
}

impl Test {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A callback, or several for one body, and what must come of it.
#[derive(Debug)]
pub(super) struct Phase {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) way: Way,
    pub(super) input: Input,
    pub(super) expect: Expect,
}

/// Plans a suite. Returns what it says of all tests, the tests, and what counts for nothing.
pub(super) fn plan(
    folder: &Path,
    suite: schema::TestSuite,
) -> Result<(Env, Vec<Test>, Vec<Remark>), Remark> {
    let mut plan = Plan { folder, notes: Vec::new() };
    let env = plan.env(suite.env.map(|env| env.value).unwrap_or_default())?;
    let tests = suite.test.into_iter().map(|test| plan.test(test));
    let tests = tests.collect::<Result<Vec<_>, _>>()?;
    if tests.is_empty() {
        return Err(Remark::new(Place::BEGIN, "expected a `test` in the suite, found none"));
    }
    Ok((env, tests, plan.notes))
}

impl Plan<'_> {
    /// Notes that a field counts for nothing, once for each of its name and reason.
    pub(super) fn ignore<T>(&mut self, field: &Once<T>, name: &str, why: &str) {
        if let Some(field) = field {
            self.ignore_at(field.place, name, why);
        }
    }

    pub(super) fn ignore_at(&mut self, place: Place, name: &str, why: &str) {
        let what = format!("`{name}` counts for nothing: {why}");
        if !self.notes.iter().any(|note| note.what == what) {
            self.notes.push(Remark::new(place, what));
        }
    }

    /// Reads a file that the suite names, from its own folder.
    pub(super) fn read(&self, file: &Placed<String>) -> Result<Vec<u8>, Remark> {
        let path = self.folder.join(&file.value);
        std::fs::read(&path).map_err(|error| {
            Remark::new(file.place, format!("cannot read {}: {error}", path.display()))
        })
    }

    fn env(&mut self, env: schema::Env) -> Result<Env, Remark> {
        const NOT_MEASURED: &str = "nothing is measured here";
        self.ignore(&env.test_path, "test_path", "a suite is where it was read from");
        self.ignore(&env.num_additional_streams, "num_additional_streams", NOT_MEASURED);
        let rate = &env.additional_stream_advance_rate;
        self.ignore(rate, "additional_stream_advance_rate", NOT_MEASURED);
        let path = |path: Once<String>| {
            path.map(|path| PathBuf::from(path.value)).filter(|path| !path.as_os_str().is_empty())
        };
        Ok(Env {
            wasm_path: path(env.wasm_path),
            config_path: path(env.config_path),
            log_path: path(env.log_path),
            log_level: env.log_level.and_then(|level| level.value.0).unwrap_or(LogLevel::Info),
            time: time(env.time_secs)?,
        })
    }

    fn test(&mut self, test: Placed<schema::Test>) -> Result<Test, Remark> {
        let Placed { place, value: test } = test;
        self.ignore(&test.benchmark, "benchmark", "nothing is measured here");
        let chunks = Chunks::of(&test.num_chunks, &test.chunk_size)?;
        let one = |invocation: Once<_>| invocation.into_iter().collect();
        let mut phases = Vec::new();
        for (name, way, chunks, invocations) in [
            ("request_headers", Way::Request, None, one(test.request_headers)),
            ("request_body", Way::Request, Some(&chunks), test.request_body),
            ("response_headers", Way::Response, None, one(test.response_headers)),
            ("response_body", Way::Response, Some(&chunks), test.response_body),
        ] {
            self.phases(&mut phases, (name, way, chunks), invocations)?;
        }
        let properties = test.properties.into_iter().map(|Placed { value: property, .. }| {
            let path = property.path.map(|path| path.value).unwrap_or_default();
            (path, property.value.map(|value| value.value).unwrap_or_default())
        });
        Ok(Test {
            name: test.name.map(|name| name.value).unwrap_or_default(),
            place,
            properties: properties.collect(),
            plugin_init: Expect::log_of(self, "plugin_init", test.plugin_init)?,
            stream_init: Expect::log_of(self, "stream_init", test.stream_init)?,
            stream_destroy: Expect::log_of(self, "stream_destroy", test.stream_destroy)?,
            phases,
        })
    }

    /// The phases of one kind. Those of bodies have chunks.
    fn phases(
        &mut self,
        phases: &mut Vec<Phase>,
        (name, way, chunks): (&'static str, Way, Option<&Chunks>),
        invocations: Many<schema::Invocation>,
    ) -> Result<(), Remark> {
        for (n, invocation) in invocations.into_iter().enumerate() {
            let Placed { place, value: schema::Invocation { input, result } } = invocation;
            let input = input.map(|input| input.value).unwrap_or_default();
            let input = match chunks {
                None => Input::headers(self, input, way)?,
                Some(chunks) if n > 0 && !matches!(chunks, Chunks::One) => {
                    let what =
                        format!("expected one `{name}`, which is cut into chunks, found another");
                    return Err(Remark::new(place, what));
                }
                Some(chunks) => Input::body(self, input, chunks)?,
            };
            let result = result.map(|result| result.value).unwrap_or_default();
            let expect = Expect::of(self, result)?;
            phases.push(Phase { name, place, way, input, expect });
        }
        Ok(())
    }
}

/// The host's time. The tester takes 0 for none.
fn time(seconds: Once<u64>) -> Result<Duration, Remark> {
    const MOST: u64 = i64::MAX as u64 / 1_000_000_000;
    match seconds {
        None | Some(Placed { value: 0, .. }) => Ok(Duration::from_millis(1)),
        Some(Placed { value: value @ 1..=MOST, .. }) => Ok(Duration::from_secs(value)),
        Some(Placed { place, value }) => {
            Err(Remark::new(place, format!("expected at most {MOST} seconds, found {value}")))
        }
    }
}
