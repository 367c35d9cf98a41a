//! libFuzzer, and what it says.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::cargo::Failed;

/// Longer inputs show nothing that shorter ones do not.
const LONGEST: usize = 4096;
/// One that takes so many seconds, or so much memory, is a finding.
const MOST_SECONDS: u32 = 120;
const MOST_MEGABYTES: u32 = 4096;
/// Of a corpus, which is committed.
const MOST_INPUTS: usize = 100;

pub struct Fuzzer {
    pub program: PathBuf,
    pub corpora: PathBuf,
    /// What is found goes there.
    pub work: PathBuf,
}

/// What libFuzzer says at the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct End {
    pub executions: String,
    pub a_second: String,
    pub edges: String,
    pub features: String,
    pub corpus: String,
}

impl Fuzzer {
    fn command(&self, target: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.env("WHIT_FUZZ_TARGET", target).arg(format!("-max_len={LONGEST}"));
        command.arg(format!("-timeout={MOST_SECONDS}"));
        command.arg(format!("-rss_limit_mb={MOST_MEGABYTES}"));
        command
    }

    fn found(&self, target: &str) -> Result<PathBuf> {
        let folder = self.work.join("found").join(target);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// Looks for this long, from what is in the corpus and what was found before.
    pub fn run(&self, target: &str, minutes: u32) -> Result<End> {
        eprintln!("{target}: {minutes} min");
        let log = self.work.join(format!("{target}.log"));
        let file =
            fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = self.command(target);
        command.arg(format!("-max_total_time={}", minutes * 60));
        command.arg(format!("-artifact_prefix={}/failed-{target}-", self.work.display()));
        command.arg(self.found(target)?).arg(self.corpora.join(target));
        let status = command.stdout(Stdio::null()).stderr(file).status();
        let status = status.with_context(|| format!("cannot run {}", self.program.display()))?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        if !status.success() {
            let lines: Vec<_> = said.lines().collect();
            eprintln!("{}", lines[lines.len().saturating_sub(60)..].join("\n"));
            Failed::unless_success(&format!("{target}, which wrote {}", log.display()), status)?;
        }
        end(&said).with_context(|| format!("libFuzzer did not say what it did: {}", log.display()))
    }

    /// Adds to the corpus what takes edges that nothing in it takes, as long as there is room. (How often each is
    /// taken does not count, or these would be hundreds of inputs.)
    pub fn keep(&self, target: &str) -> Result<()> {
        let corpus = self.corpora.join(target);
        let kept = self.work.join("kept").join(target);
        if kept.exists() {
            fs::remove_dir_all(&kept)?;
        }
        fs::create_dir_all(&kept)?;
        let mut command = self.command(target);
        command.args(["-set_cover_merge=1", "-use_counters=0"]);
        command.arg(&kept).arg(&corpus).arg(self.found(target)?);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let status = status.with_context(|| format!("cannot run {}", self.program.display()))?;
        Failed::unless_success(&format!("{target} -set_cover_merge=1"), status)?;
        let mut there = read(&corpus)?;
        for (name, bytes) in read(&kept)? {
            if there.len() < MOST_INPUTS && there.iter().all(|(_, known)| *known != bytes) {
                fs::write(corpus.join(&name), &bytes)?;
                there.push((name, bytes));
            }
        }
        Ok(())
    }
}

/// The files of a folder, by name.
fn read(folder: &Path) -> Result<Vec<(OsString, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let entry = entry?;
        files.push((entry.file_name(), fs::read(entry.path())?));
    }
    files.sort();
    Ok(files)
}

/// The figures of the last line: `#4 DONE cov: 1 ft: 2 corp: 3/4b lim: 5 exec/s: 6 rss: 7Mb`.
fn end(said: &str) -> Option<End> {
    let words: Vec<&str> =
        said.lines().rev().find(|line| line.contains("DONE"))?.split_whitespace().collect();
    let after = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).map(|word| (*word).to_owned())
    };
    Some(End {
        executions: words.first()?.trim_start_matches('#').to_owned(),
        a_second: after("exec/s:")?,
        edges: after("cov:")?,
        features: after("ft:")?,
        corpus: after("corp:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_the_figures() {
        let said = "#2\tINITED cov: 12\n#123\tDONE   cov: 45 ft: 67 corp: 8/90b lim: 4096 exec/s: 11 rss: 40Mb\nDone 123 runs in 11 second(s)\n";
        let figures = ["123", "11", "45", "67", "8/90b"].map(str::to_owned);
        let [executions, a_second, edges, features, corpus] = figures;
        assert_eq!(end(said), Some(End { executions, a_second, edges, features, corpus }));
        assert_eq!(end("#2\tINITED cov: 12\n"), None);
    }
}
