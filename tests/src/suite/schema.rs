//! What a suite can say: the messages of the plugin tester's schema, which is
//! `plugins/test/runner.proto` in GitHub's GoogleCloudPlatform/service-extensions.

use super::text::{Many, Once, Reader, Remark, Value, messages};
use crate::LogLevel;

messages! {
    TestSuite {
        env: Once<Env>,
        test: Many<Test>,
    }

    /// What the tests run in.
    Env {
        test_path: Once<String>,
        wasm_path: Once<String>,
        config_path: Once<String>,
        log_level: Once<Level>,
        log_path: Once<String>,
        time_secs: Once<u64>,
        num_additional_streams: Once<u64>,
        additional_stream_advance_rate: Once<u64>,
    }

    /// One plugin and one stream.
    Test {
        name: Once<String>,
        benchmark: Once<bool>,
        num_chunks: Once<i32>,
        chunk_size: Once<i64>,
        properties: Many<Property>,
        request_headers: Once<Invocation>,
        request_body: Many<Invocation>,
        response_headers: Once<Invocation>,
        response_body: Many<Invocation>,
        plugin_init: Once<Expectation>,
        stream_init: Once<Expectation>,
        stream_destroy: Once<Expectation>,
    }

    Property {
        path: Once<String>,
        value: Once<Vec<u8>>,
    }

    /// A callback: what it is about, and what must come of it.
    Invocation {
        input: Once<Input>,
        result: Once<Expectation>,
    }

    Input {
        header: Many<Header>,
        content: Once<Vec<u8>>,
        file: Once<String>,
    }

    Header {
        key: Once<String>,
        value: Once<Vec<u8>>,
    }

    Expectation {
        has_header: Many<Header>,
        no_header: Many<Header>,
        headers: Many<StringMatcher>,
        body: Many<StringMatcher>,
        immediate: Once<Immediate>,
        log: Many<StringMatcher>,
    }

    /// A local reply.
    Immediate {
        http_status: Once<u32>,
        grpc_status: Once<u32>,
        details: Once<String>,
    }

    StringMatcher {
        invert: Once<bool>,
        exact: Once<Vec<u8>>,
        regex: Once<String>,
        file: Once<String>,
    }
}

/// A level of the log; `None` for the one that says nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level(pub(super) Option<LogLevel>);

impl Value for Level {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Remark> {
        const NAMES: [&str; 7] =
            ["UNDEFINED", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"];
        let wrong = reader.expected(&format!("one of {}", NAMES.join(", ")));
        let Some(name) = reader.name()? else { return wrong };
        let number = NAMES.iter().position(|known| *known == name).or_else(|| name.parse().ok());
        match number {
            Some(0) => Ok(Self(None)),
            Some(number @ 1..=6) => Ok(Self(LogLevel::from_number(number as u32 - 1))),
            Some(_) | None => wrong,
        }
    }
}
