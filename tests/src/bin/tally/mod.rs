//! What cases and tests came to, as the commands print it.

/// How many passed and failed.
#[derive(Debug, Default)]
pub struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Prints what came of one: a line on standard output, and each failure on standard error.
    pub fn add(&mut self, title: &str, failures: impl IntoIterator<Item = String>) {
        let failures: Vec<String> = failures.into_iter().collect();
        let (verdict, count) = match failures[..] {
            [] => ("ok", &mut self.passed),
            _ => ("FAILED", &mut self.failed),
        };
        *count += 1;
        println!("{verdict:6} {title}");
        for failure in failures {
            eprintln!("error: {failure}");
        }
    }

    /// Prints how many there were. An error if one has failed, of `cases` or whatever they are.
    pub fn end(&self, cases: &str) -> Result<(), String> {
        let Self { passed, failed } = self;
        println!("{passed} passed, {failed} failed");
        match failed {
            0 => Ok(()),
            _ => Err(format!("{failed} of {} {cases} failed", passed + failed)),
        }
    }
}
