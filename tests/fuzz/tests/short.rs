//! Every target, over its corpus and over inputs that are made of it: the same in every run. `FUZZ_ROUNDS` makes it
//! longer, where there is no libFuzzer.

use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use whit_fuzz::mutate::{Random, mutated};
use whit_fuzz::{TARGETS, Target, corpus};

fn main() -> ExitCode {
    // `cargo xtask test` has built them.
    if std::env::var_os("WHIT_BUILT").is_none() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["xtask", "build-filters", "--variants"]);
        assert!(command.status().expect("cargo runs").success(), "the filters do not build");
    }
    let trials = TARGETS.iter().map(|target| Trial::test(target.name, || run(*target))).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run(target: Target) -> Result<(), Failed> {
    let corpus = corpus::read(target.name).map_err(|error| format!("the corpus: {error}"))?;
    if corpus.is_empty() {
        return Err("there is no corpus".into());
    }
    for (path, bytes) in &corpus {
        holds(target, bytes).map_err(|failed| format!("{}: {failed}", path.display()))?;
    }
    let corpus: Vec<Vec<u8>> = corpus.into_iter().map(|(_, bytes)| bytes).collect();
    let mut random = Random::of(target.name);
    for n in 0..target.inputs * rounds()? {
        let bytes = mutated(&corpus, &mut random);
        holds(target, &bytes).map_err(|failed| {
            format!("input {n}, which is a regression for corpus/{}: {failed}", target.name)
        })?;
    }
    Ok(())
}

fn rounds() -> Result<u32, Failed> {
    match std::env::var("FUZZ_ROUNDS") {
        Ok(rounds) => Ok(rounds.parse().map_err(|_| "FUZZ_ROUNDS is a number")?),
        Err(_) => Ok(1),
    }
}

/// Whether it holds for an input; if not, which input that is.
fn holds(target: Target, bytes: &[u8]) -> Result<(), String> {
    std::panic::catch_unwind(|| (target.check)(bytes)).map_err(|panic| {
        let why = panic.downcast_ref::<String>().map(String::as_str);
        let why = why.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        format!("{why}\nof b\"{}\"", bytes.escape_ascii())
    })
}
