//! What READMEs show of what commands print, where they say so with `$ cargo xtask …`: in a block of text, or in a
//! comment before a table.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::programs::{output, own};
use super::variant::{filters, root};

/// Check that READMEs show what commands print
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> Result<()> {
    check()
}

/// The commands that print the same each time, but for times.
const SAME: [&str; 6] = ["allocators", "boot", "check", "features", "json", "trace"];

/// Where a sample leaves something out.
const GAP: &str = "…";

/// What a README shows of a command.
struct Sample {
    /// The README, and the line of it.
    place: String,
    /// What follows `cargo xtask`.
    command: String,
    lines: Vec<String>,
}

/// Runs the commands of all samples.
///
/// # Errors
/// One prints something else.
pub fn check() -> Result<()> {
    let filters = filters()?;
    let beside = filters.iter().map(|filter| filter.folder().join("README.md"));
    let mut wrong = Vec::new();
    for readme in beside.chain([root().join("README.md")]).filter(|path| path.is_file()) {
        for sample in samples(readme)? {
            eprintln!("{}: cargo xtask {}", sample.place, sample.command);
            wrong.extend(sample.check()?);
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{}\nRun what is named there, and show what it prints now.", wrong.join("\n"))
}

fn samples(readme: PathBuf) -> Result<Vec<Sample>> {
    let text = std::fs::read_to_string(&readme)
        .with_context(|| format!("cannot read {}", readme.display()))?;
    let name = readme.strip_prefix(root()).unwrap_or(&readme);
    let mut samples: Vec<Sample> = Vec::new();
    // How the one ends that is read.
    let mut end = None;
    for (number, line) in text.lines().enumerate() {
        if end == Some(line) {
            end = None;
        }
        let begins = |command: &str| {
            let command = command.strip_prefix("$ cargo xtask ")?;
            let first = command.split(' ').next()?;
            SAME.contains(&first).then(|| Sample {
                place: format!("{}:{}", name.display(), number + 1),
                command: command.to_owned(),
                lines: Vec::new(),
            })
        };
        let comment = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        if let Some(sample) = begins(line) {
            samples.push(sample);
            end = Some("```");
        } else if let Some(sample) = comment.and_then(begins) {
            samples.push(sample);
            end = Some("");
        } else if let (Some(_), Some(sample)) = (end, samples.last_mut()) {
            sample.lines.push(line.to_owned());
        }
    }
    Ok(samples)
}

impl Sample {
    /// A line for what the command does not print.
    fn check(&self) -> Result<Option<String>> {
        let mut command = Command::new(own()?);
        command.args(words(&self.command)).current_dir(root());
        let printed = output("cargo xtask", &mut command)?;
        let printed: Vec<String> = printed.lines().map(alike).collect();
        let mut left = &printed[..];
        for part in self.lines.split(|line| line.trim() == GAP) {
            let part: Vec<String> = part.iter().map(|line| alike(line)).collect();
            let Some(at) = (0..=left.len()).find(|at| left[*at..].starts_with(&part)) else {
                return Ok(Some(format!(
                    "{}: `cargo xtask {}` does not print\n{}",
                    self.place,
                    self.command,
                    part.join("\n")
                )));
            };
            left = &left[at + part.len()..];
        }
        Ok(None)
    }
}

/// The words of a command; those in double quotes are one.
fn words(command: &str) -> Vec<&str> {
    let quoted = command.split('"').enumerate();
    quoted
        .flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}

/// A line without what differs from time to time: milliseconds, and how wide a table is for them.
fn alike(line: &str) -> String {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    for index in 1..words.len() {
        if words[index] == "ms" {
            words[index - 1] = "_";
        }
    }
    let mut text = words.join(" ");
    while text.contains("--") {
        text = text.replace("--", "-");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_and_times_make_no_difference() {
        assert_eq!(alike("| a  | 14.5 ms |"), alike("| a | 3.1 ms  |"));
        assert_eq!(alike("|----|---|"), alike("|-|-----|"));
        assert_ne!(alike("| a | 1 |"), alike("| a | 2 |"));
    }

    #[test]
    fn words_in_quotes_are_one() {
        assert_eq!(words(r#"trace a --case "one two""#), ["trace", "a", "--case", "one two"]);
    }
}
