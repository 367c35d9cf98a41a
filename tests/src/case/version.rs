//! Versions of Envoy, where they differ.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::Case;

/// A release of Envoy, `1.40` for instance, whatever its patch.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "String")]
pub struct EnvoyVersion {
    /// The first number.
    pub major: u32,
    /// The second one.
    pub minor: u32,
}

impl EnvoyVersion {
    /// The one that the runner behaves like.
    pub const OF_RUNNER: Self = Self { major: 1, minor: 40 };
}

impl FromStr for EnvoyVersion {
    type Err = String;

    /// Reads `1.40`, or `1.40.0`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut numbers = text.splitn(3, '.').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self { major, minor }),
            _ => Err(format!("{text:?} is no version of Envoy: one is like \"1.40\"")),
        }
    }
}

impl TryFrom<String> for EnvoyVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for EnvoyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Case {
    /// Whether it says what a release of Envoy does.
    pub fn is_of(&self, version: EnvoyVersion) -> bool {
        self.since.is_none_or(|since| since <= version)
            && self.until.is_none_or(|until| version <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::super::CaseFile;
    use super::*;

    #[test]
    fn a_case_is_of_the_releases_that_it_says() {
        let file = CaseFile::parse(
            "[[case]]\nname = 'a'\nsince = '1.37'\nuntil = '1.39'\n[[case]]\nname = 'b'\n",
        );
        let cases = file.expect("a case file").cases;
        let of = |case: &Case| -> Vec<u32> {
            (35..42).filter(|minor| case.is_of(EnvoyVersion { major: 1, minor: *minor })).collect()
        };
        assert_eq!(of(&cases[0]), [37, 38, 39]);
        assert_eq!(of(&cases[1]).len(), 7);
        assert_eq!("1.40.3".parse(), Ok(EnvoyVersion::OF_RUNNER));
        let error = CaseFile::parse("[[case]]\nname = 'a'\nsince = 'new'\n");
        let error = error.expect_err("no version").to_string();
        assert!(error.contains("line 3, column 9") && error.contains("like \"1.40\""), "{error}");
    }
}
