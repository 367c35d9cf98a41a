//! What cases and tests came to, as the commands print it.

use super::Failure;

/// How many passed, failed, and ran on no host.
#[derive(Debug, Default)]
pub(super) struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// What is wrong with a case on one host; `None` if the case is not about that host.
pub(super) type Failures = Option<Vec<String>>;

impl Tally {
    /// Of hosts, which are named if there are several.
    pub(super) fn of(hosts: &[&str]) -> Self {
        if hosts.len() > 1 {
            println!("{}case", hosts.iter().map(|host| format!("{host:7}")).collect::<String>());
        }
        Self::default()
    }

    /// Prints what came of one: a line on standard output with a verdict for each host, and what is wrong
    /// on standard error.
    pub(super) fn add(&mut self, title: &str, hosts: &[Failures]) {
        let verdict = |failures: &Failures| match failures.as_deref() {
            None => "-      ",
            Some([]) => "ok     ",
            Some(_) => "FAILED ",
        };
        println!("{}{title}", hosts.iter().map(verdict).collect::<String>());
        let failures: Vec<&String> = hosts.iter().flatten().flatten().collect();
        *match failures[..] {
            [] if hosts.iter().all(Option::is_none) => &mut self.skipped,
            [] => &mut self.passed,
            _ => &mut self.failed,
        } += 1;
        for failure in failures {
            eprintln!("error: {failure}");
        }
    }

    /// Prints how many there were. A failure if one has failed, of `cases` or whatever they are, or if none has
    /// run.
    pub(super) fn end(&self, cases: &str) -> Result<(), Failure> {
        let Self { passed, failed, skipped } = self;
        let of_no_host = if *skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        println!("{passed} passed, {failed} failed{of_no_host}");
        match (passed, failed) {
            (0, 0) if *skipped > 0 => Err(Failure::of(format!(
                "none of {skipped} {cases} has run: they are of other releases of Envoy"
            ))),
            (_, 0) => Ok(()),
            _ => Err(Failure::of(format!("{failed} of {} {cases} failed", passed + failed))),
        }
    }
}
