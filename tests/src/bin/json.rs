//! The program behind `cargo xtask json`: what readers of JSON make of configurations, in the runner.

use std::process::ExitCode;

use clap::Parser;
use whit_test::Vm;
use whit_test::case::Case;

/// Print, for each module, its path, the instructions that reading takes, what it says of a wrong value, and
/// of which texts it makes something else than RFC 8259 does: between tabs, and the texts between units
/// (U+001F)
#[derive(Parser)]
struct Args {
    /// Modules that read `{ "limit": 1 to 1000, "log": boolean, "origins": [text] }`
    #[arg(required = true)]
    modules: Vec<String>,
}

/// What is measured.
const TYPICAL: &str = r#"{
  "limit": 100,
  "log": true,
  "origins": ["https://example.com", "https://www.example.com", "http:\/\/localhost:8080"]
}"#;

/// What is out of range.
const WRONG: &str = "{\n  \"log\": false,\n  \"limit\": 5000\n}";

/// Texts, and whether they are such a configuration.
const TEXTS: [(&str, bool); 25] = [
    (r#"{"limit":7}"#, true),
    (r#"{"origins":[],"log":false,"limit":1000}"#, true),
    (r#"{"limit":7,"origins":["\"\\\/\b\f\n\r\t"]}"#, true),
    (r#"{"limit":7,"origins":["\u00e9\ud83d\ude00"]}"#, true),
    (r#"{"\u006cimit":7}"#, true),
    ("\t{ \"limit\" :\r\n7 }\n", true),
    ("", false),
    ("null", false),
    ("[7]", false),
    (r#"{"limit":7"#, false),
    (r#"{"limit":7,}"#, false),
    (r#"{"limit":7}}"#, false),
    (r#"{"limit":7} {}"#, false),
    (r#"{"limit":07}"#, false),
    (r#"{"limit":+7}"#, false),
    (r#"{"limit":"7"}"#, false),
    (r#"{"limit":7.5}"#, false),
    (r#"{"limit":4294967303}"#, false),
    (r#"{"limit":7,"log":1}"#, false),
    (r#"{"limit":7,"limits":7}"#, false),
    (r#"{"log":true}"#, false),
    (r#"{"limit":7,"origins":["\ud83d"]}"#, false),
    (r#"{"limit":7,"origins":["\x41"]}"#, false),
    ("{\"limit\":7,\"origins\":[\"a\nb\"]}", false),
    ("{\"limit\":7} // seven", false),
];

fn main() -> ExitCode {
    for module in Args::parse().modules {
        match measure(&module) {
            Ok(line) => println!("{line}"),
            Err(error) => {
                eprintln!("error: {module}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn measure(module: &str) -> Result<String, String> {
    let vm = Vm::load(module).map_err(|error| error.to_string())?;
    let start = |text: &str| {
        let case = Case { configuration: text.to_owned(), ..Case::get() };
        vm.observe(&case)
    };
    let (_, typical) = start(TYPICAL);
    let typical = typical.ok_or("it refuses what is typical")?;
    let instructions = typical.boot_stats().instructions;
    let (refused, _) = start(WRONG);
    let said: Vec<_> = refused.boot_log.into_iter().map(|line| line.message).collect();
    let wrong: Vec<_> = TEXTS
        .iter()
        .filter(|(text, valid)| start(text).0.refused.is_none() != *valid)
        .map(|(text, _)| text.replace(['\t', '\n'], " "))
        .collect();
    let wrong = wrong.join("\x1f");
    Ok([module.to_owned(), instructions.to_string(), said.join("; "), wrong].join("\t"))
}
