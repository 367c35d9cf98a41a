//! Suites of Google's plugin tester in the runner: those of this project, mistakes in them, and
//! expectations that do not hold.

mod common;

use std::path::{Path, PathBuf};

use common::{module, root};
use whit_test::Vm;
use whit_test::suite::Suite;

fn suites() -> PathBuf {
    root().join("tests/suites")
}

fn host() -> Vm {
    let module = wat::parse_file(suites().join("host.wat")).expect("valid WAT");
    Vm::new(&module).expect("a module that Envoy loads")
}

/// What does not hold, a line each, with the name of its test.
fn failures(suite: &Suite, vm: &Vm, configuration: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    for test in suite.tests() {
        let ran = suite.run(test, vm, configuration);
        lines.extend(ran.failures.iter().map(|failure| format!("{}: {failure}", test.name())));
    }
    lines
}

fn holds(name: &str, vm: &Vm) {
    let suite = Suite::read(suites().join(name)).unwrap_or_else(|error| panic!("{error}"));
    let configuration = suite.configuration().map(|path| root().join(path));
    let configuration = configuration.map(|path| std::fs::read(path).expect("a file"));
    let none: [String; 0] = [];
    assert_eq!(failures(&suite, vm, &configuration.unwrap_or_default()), none, "{name}");
}

#[test]
fn each_suite_holds_of_each_variant_of_its_filter() {
    for name in ["add-header", "http-body", "http-config", "http-headers"] {
        for variant in ["wasm", "plain.wasm", "hand.wasm", "official.wasm"] {
            let vm = Vm::load(module(&format!("filters/{name}.{variant}")));
            let vm = vm.unwrap_or_else(|error| panic!("{name}.{variant}: {error}"));
            holds(&format!("{name}.textpb"), &vm);
        }
    }
}

#[test]
fn a_plugin_sees_what_the_tester_shows_it_and_a_suite_what_the_tester_sees() {
    holds("host.textpb", &host());
}

#[test]
fn what_counts_for_nothing_is_noted() {
    let suite = Suite::parse(
        br#"env { test_path: "a" num_additional_streams: 1 additional_stream_advance_rate: 2 }
        test { benchmark: false request_headers {
          input { header { key: "a" } content: "GET / HTTP/1.1" file: "request.data" }
          result { no_header { key: "b" value: "c" } }
        } }
        test { benchmark: true request_body { input { header {} content: "a" file: "hello.data" } }
          plugin_init { has_header { key: "a" } no_header { key: "b" } }
          stream_init { headers { exact: "a" } body { exact: "" } }
          stream_destroy { immediate {} log { regex: "" invert: true } }
        }"#,
        &suites(),
    );
    let suite = suite.unwrap_or_else(|mistake| panic!("{mistake}"));
    let notes: Vec<String> = suite.notes().iter().map(ToString::to_string).collect();
    let nothing =
        |place: &str, name: &str, why: &str| format!("{place}: `{name}` counts for nothing: {why}");
    let log = |phase: &str| format!("of `{phase}` only the log is looked at");
    assert_eq!(
        notes,
        [
            nothing("1:7", "test_path", "a suite is where it was read from"),
            nothing("1:22", "num_additional_streams", "nothing is measured here"),
            nothing("1:48", "additional_stream_advance_rate", "nothing is measured here"),
            nothing("2:16", "benchmark", "nothing is measured here"),
            nothing("3:39", "content", "there is a `file`, which wins"),
            nothing("3:19", "header", "there is a whole head, which wins"),
            nothing("4:41", "value", "`no_header` is about every value"),
            nothing("6:55", "header", "this phase is about a body"),
            nothing("7:25", "has_header", &log("plugin_init")),
            nothing("7:49", "no_header", &log("plugin_init")),
            nothing("8:25", "headers", &log("stream_init")),
            nothing("8:48", "body", &log("stream_init")),
            nothing("9:28", "immediate", &log("stream_destroy")),
        ]
    );
}

#[test]
fn a_mistake_is_told_with_its_place_and_what_was_expected() {
    let test = "`Test` has name, benchmark, num_chunks, chunk_size, properties, request_headers, \
        request_body, response_headers, response_body, plugin_init, stream_init, stream_destroy";
    let header = "`Header` has key, value";
    let levels = "UNDEFINED, TRACE, DEBUG, INFO, WARN, ERROR, CRITICAL";
    let one_of = "expected one of exact, regex, file in this `StringMatcher`";
    let escapes = r#"\a \b \f \n \r \t \v \? \\ \' \" \123 \x12 \u1234 \U00012345"#;
    let folder = suites();
    let nowhere = folder.join("nowhere").display().to_string();
    let number =
        |least: &str, most: &str| format!("expected a whole number from {least} to {most}");
    let u32s = number("0", "4294967295");
    // In the body of a test.
    let body = |body: &str| format!("test {{\n {body}\n}}");
    let head = |head: &str| body(&format!("request_headers {{ input {{ content: {head:?} }} }}"));
    let matcher = |matcher: &str| body(&format!("plugin_init {{ log {{ {matcher} }} }}"));
    let status = |status: &str| {
        body(&format!("request_headers {{ result {{ immediate {{ http_status: {status} }} }} }}"))
    };
    let line = |place: &str, what: &str| format!("{place}: {what}");
    for (text, expected) in [
        // Fields and values.
        ("".into(), line("1:1", "expected a `test` in the suite, found none")),
        (
            "\n tests {}".into(),
            line("2:2", "`TestSuite` has no field `tests`: `TestSuite` has env, test"),
        ),
        (body("nme: 'a'"), line("2:2", &format!("`Test` has no field `nme`: {test}"))),
        (
            "test {".into(),
            line("1:7", &format!("expected a field or `}}` ({test}), found the end of the file")),
        ),
        (
            "test {} }".into(),
            line(
                "1:9",
                "expected a field or the end of the file (`TestSuite` has env, test), found `}`",
            ),
        ),
        ("test <}".into(), line("1:7", &format!("expected a field or `>` ({test}), found `}}`"))),
        (body("[a.b]: 1"), line("2:2", &format!("expected a field or `}}` ({test}), found `[`"))),
        ("test: 1".into(), line("1:7", "expected `{`, where a message `Test` begins, found `1`")),
        (
            "test [{}, 'a']".into(),
            line("1:11", "expected `{`, where a message `Test` begins, found the string \"a\""),
        ),
        ("test [{} {}]".into(), line("1:10", "expected `,` or `]`, found `{`")),
        ("env [{}]".into(), line("1:5", "expected `{`, where a message `Env` begins, found `[`")),
        ("env {}\nenv {}".into(), line("2:1", "expected `env` once, found it again after line 1")),
        (body("name 'a'"), line("2:7", "expected `:` after `name`, found the string \"a\"")),
        (body("name: a"), line("2:8", "expected a string, found `a`")),
        (
            body("name: \"a\n\""),
            line("2:8", "expected `\"` at the string's end in the same line, found none"),
        ),
        (body("name: 'é' 'a\\q'"), line("2:14", &format!("expected one of {escapes}, found \\q"))),
        (body("name: '\\xff'"), line("2:8", "expected a string of UTF-8, found other bytes")),
        (body("benchmark: 2"), line("2:13", "expected true or false, found `2`")),
        (body("benchmark: yes"), line("2:13", "expected true or false, found `yes`")),
        (body("num_chunks: 0"), line("2:2", "expected a number from 1, found 0")),
        (body("chunk_size: -1"), line("2:2", "expected a number from 1, found -1")),
        (
            body("num_chunks: 2147483648"),
            line("2:14", &format!("{}, found `2147483648`", number("-2147483648", "2147483647"))),
        ),
        (
            body("num_chunks: 1\n chunk_size: 1"),
            line("3:2", "expected one of num_chunks, chunk_size, found a second one"),
        ),
        (status("4294967296"), line("2:54", &format!("{u32s}, found `4294967296`"))),
        (status("-1"), line("2:54", &format!("{u32s}, found `-1`"))),
        (status("- 'a'"), line("2:56", &format!("{u32s}, found the string \"a\""))),
        (status("1.5"), line("2:54", &format!("{u32s}, found `1.5`"))),
        (status("09"), line("2:54", &format!("{u32s}, found `09`"))),
        (status("0xg"), line("2:54", &format!("{u32s}, found `0xg`"))),
        (status("é"), line("2:54", &format!("{u32s}, found a character beyond ASCII"))),
        (
            "env { log_level: info }".into(),
            line("1:18", &format!("expected one of {levels}, found `info`")),
        ),
        (
            "env { log_level: 7 }".into(),
            line("1:18", &format!("expected one of {levels}, found `7`")),
        ),
        (
            "env { time_secs: 9223372037 }".into(),
            line("1:7", "expected at most 9223372036 seconds, found 9223372037"),
        ),
        // What cannot be run.
        (matcher(""), line("2:16", &format!("{one_of}, found none"))),
        (matcher("file: 'a' exact: 'b'"), line("2:32", &format!("{one_of}, found another"))),
        (
            matcher("regex: '[a'"),
            line("2:22", "expected a regular expression, found \"[a\": unclosed character class"),
        ),
        (
            matcher("regex: 'a)(b'"),
            line("2:22", "expected a regular expression, found \"a)(b\": unopened group"),
        ),
        (
            matcher("file: 'nowhere'"),
            line("2:22", &format!("cannot read {nowhere}: No such file or directory (os error 2)")),
        ),
        (
            body("request_headers { result { has_header { value: 'a' } } }"),
            line("2:29", "expected a `key` in this `Header`, found none"),
        ),
        (
            body("request_headers { input { header { key: '' } } }"),
            line("2:28", "expected a `key` in this `Header`, found none"),
        ),
        (
            body("request_headers { input { header { kye: '' } } }"),
            line("2:37", &format!("`Header` has no field `kye`: {header}")),
        ),
        (
            body("request_body { input { file: 'nowhere' } }"),
            line("2:25", &format!("cannot read {nowhere}: No such file or directory (os error 2)")),
        ),
        (
            body("num_chunks: 3 request_body { input { content: 'ab' } }"),
            line("2:2", "expected at most as many chunks as the body has bytes, 2, found 3"),
        ),
        (
            body("num_chunks: 1 request_body {}"),
            line("2:2", "expected at most as many chunks as the body has bytes, 0, found 1"),
        ),
        (
            body("chunk_size: 1 request_body {} request_body {}"),
            line("2:32", "expected one `request_body`, which is cut into chunks, found another"),
        ),
        (
            head("GET /"),
            line(
                "2:28",
                "line 1 of it: expected a request line, such as `GET / HTTP/1.1`, found \"GET /\"",
            ),
        ),
        (
            head("GET /../a HTTP/1.1"),
            line(
                "2:28",
                "line 1 of it: expected a path without `.`, `..` and what would be escaped, found \"GET /../a HTTP/1.1\"",
            ),
        ),
        (
            head("GET * HTTP/1.1"),
            line("2:28", "line 1 of it: expected a path or a URL, found \"GET * HTTP/1.1\""),
        ),
        (
            head("GET / HTTP/1.1\na b: c"),
            line(
                "2:28",
                "line 2 of it: expected a header, such as `name: value`, found \"a b: c\"",
            ),
        ),
        (
            head("GET / HTTP/1.1\na\n"),
            line("2:28", "line 2 of it: expected a header, such as `name: value`, found \"a\""),
        ),
        (
            head("GET / HTTP/1.1\n\nbody"),
            line(
                "2:28",
                "line 3 of it: expected nothing after an empty line: a body has its own phase, found \"body\"",
            ),
        ),
        (
            body("response_headers { input { content: 'HTTP/1.1 ok' } }"),
            line(
                "2:29",
                "line 1 of it: expected a status line, such as `HTTP/1.1 200 OK`, found \"HTTP/1.1 ok\"",
            ),
        ),
    ] {
        let mistake = Suite::parse(text.as_bytes(), &folder).expect_err(&text);
        assert_eq!(mistake.to_string(), expected, "{text}");
    }
}

#[test]
fn an_expectation_that_does_not_hold_is_told_with_its_place_and_what_was_there() {
    let trap = "Uncaught RuntimeError: unreachable";
    let runs = "expected a plugin that runs, found in";
    let long = "a".repeat(300);
    for (test, expected) in [
        (
            "plugin_init { log { exact: 'a' } log { regex: 'c.*' invert: true } }",
            vec![
                r#"2:16: expected a log line "a", found "create", "configure""#.to_owned(),
                r#"2:35: expected no log line like "c.*", found "create", "configure""#.to_owned(),
            ],
        ),
        (
            "stream_init { log { exact: 'start' } } stream_destroy { log { exact: 'create' } }",
            vec![
                r#"2:16: expected a log line "start", found "create""#.to_owned(),
                r#"2:58: expected a log line "create", found "done", "delete""#.to_owned(),
            ],
        ),
        (
            "response_headers { input { header { key: 'A' value: '1' } } result {
              has_header { key: 'a' value: '2' }
              has_header { key: 'b' }
              no_header { key: 'a' }
              headers { regex: 'A: [2-9]' }
              headers { exact: 'A: 1' invert: true }
              body { exact: 'c' }
              log { exact: 'd' }
            } }",
            vec![
                r#"3:15: expected the header "a" with "2", found "1""#.to_owned(),
                r#"4:15: expected the header "b" with "", found none of that name"#.to_owned(),
                r#"5:15: expected no header "a", found one with "1""#.to_owned(),
                r#"6:15: expected a header like "A: [2-9]", found "A: 1", "Via: 1.1 whit""#.to_owned(),
                r#"7:15: expected no header "A: 1", found "A: 1", "Via: 1.1 whit""#.to_owned(),
                r#"8:15: expected a body "c", found """#.to_owned(),
                r#"9:15: expected a log line "d", found none"#.to_owned(),
            ],
        ),
        (
            "request_headers { result { immediate {} } }",
            vec!["2:29: expected an immediate response, found a stream that goes on".to_owned()],
        ),
        (
            "request_headers { input { header { key: 'do' value: 'pause' } } result { immediate {} } }",
            vec!["2:75: expected an immediate response, found a stream that stops without one".to_owned()],
        ),
        (
            " request_headers { input { header { key: 'do' value: 'pause' } } }",
            vec!["2:3: expected no immediate response, found a stream that stops without one".to_owned()],
        ),
        (
            "request_headers { input { header { key: 'do' value: 'reply' } } }
             response_headers { result { has_header { key: 'via' value: '1.1 whit' } } }",
            vec![
                r#"2:2: expected no immediate response, found one: 403 "sorry""#.to_owned(),
                r#"3:42: expected the header "via" with "1.1 whit", found none of that name"#.to_owned(),
            ],
        ),
        (
            "request_headers { input { header { key: 'do' value: 'reply' } } result {
              immediate { http_status: 200 grpc_status: 0 details: 'no_entry' }
            } }",
            vec![
                "3:27: expected the HTTP status 200, found 403".to_owned(),
                "3:44: expected the gRPC status 0, found 7".to_owned(),
                r#"3:59: expected the details "no_entry", found "no entry""#.to_owned(),
            ],
        ),
        (
            "request_body { input { content: '12345' } result { immediate {} } }",
            vec!["2:53: expected an immediate response, found a stream that goes on".to_owned()],
        ),
        (
            "request_body { input { content: 'LONG' } result { body { exact: 'a' } } }",
            vec![format!(r#"2:348: expected a body "a", found "{}"… (301 bytes)"#, &long[..200])],
        ),
        (
            "request_headers { input { header { key: 'do' value: 'trap' } } result { log { exact: 'a' } } }
             response_headers { result { has_header { key: 'never' } } }",
            vec![format!("2:2: {runs} request_headers: Function: proxy_on_request_headers failed: {trap} (logged: none)")],
        ),
        (
            "request_headers { input { header { key: 'do' value: 'end' } } }",
            vec![format!(r#"1:1: {runs} stream_destroy: Function: proxy_on_delete failed: {trap} (logged: "done", "delete")"#)],
        ),
    ] {
        let text = format!("test {{\n {}\n}}", test.replace("LONG", &long));
        let suite = Suite::parse(text.as_bytes(), Path::new(""));
        let suite = suite.unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
        let found = failures(&suite, &host(), b"");
        let found: Vec<&str> = found.iter().map(|line| line.trim_start_matches(": ")).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_plugin_that_does_not_start_fails_its_tests() {
    let suite = Suite::parse(b"\ntest { name: 'a' } test { name: 'b' }", Path::new(""));
    let why = "expected a plugin that starts, found: Failed to configure base Wasm plugin";
    let why = format!("{why} (proxy_on_configure returned 0)");
    assert_eq!(
        failures(&suite.expect("a suite"), &host(), b"x"),
        [format!("a: 2:1: {why}"), format!("b: 2:20: {why}")]
    );
}

#[test]
fn no_part_of_a_suite_makes_the_reader_panic() {
    let text = br#"# a
        env < log_level: 3, time_secs: 0x1 >
        test: [{ name: "a\x41" 'b' num_chunks: 1; request_body { input { content: "\u00e9" } } },
        { plugin_init { log { regex: "a" invert: t } } request_headers {
        input { content: "GET http://a:80/ HTTP/1.1\r\nHost: b\n\n" } } }]"#;
    assert!(Suite::parse(text, &suites()).is_ok());
    for cut in 0..text.len() {
        let _ = Suite::parse(&text[..cut], &suites());
        let mut other = text.to_vec();
        for byte in [b'{', b'"', b'\\', b'[', 0, 0xff] {
            other[cut] = byte;
            let _ = Suite::parse(&other, &suites());
        }
    }
}
