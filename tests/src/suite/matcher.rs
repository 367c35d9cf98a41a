//! What a text must be, or must not be.

use std::fmt;

use regex::bytes::Regex;

use super::plan::Plan;
use super::schema::StringMatcher;
use super::text::{Placed, Remark};
use crate::Place;

/// What one of several texts must be, or none of them.
#[derive(Debug)]
pub(super) struct Matcher {
    pub(super) place: Place,
    invert: bool,
    pattern: Pattern,
}

#[derive(Debug)]
enum Pattern {
    Exact(Vec<u8>),
    /// What was written, and the expression that matches a whole text.
    Regex(String, Regex),
}

impl Matcher {
    pub(super) fn of(plan: &Plan<'_>, matcher: &Placed<StringMatcher>) -> Result<Self, Remark> {
        let StringMatcher { invert, exact, regex, file } = &matcher.value;
        let one_of = "expected one of exact, regex, file in this `StringMatcher`";
        let mut places = [
            exact.as_ref().map(|exact| exact.place),
            regex.as_ref().map(|regex| regex.place),
            file.as_ref().map(|file| file.place),
        ];
        places.sort_unstable();
        if let [_, Some(_), Some(second)] = places {
            return Err(Remark::new(second, format!("{one_of}, found another")));
        }
        let pattern = match (exact, regex, file) {
            (Some(exact), ..) => Pattern::Exact(exact.value.clone()),
            (None, Some(regex), _) => whole(regex)?,
            (None, None, Some(file)) => Pattern::Exact(plan.read(file)?),
            (None, None, None) => {
                return Err(Remark::new(matcher.place, format!("{one_of}, found none")));
            }
        };
        let invert = invert.as_ref().is_some_and(|invert| invert.value);
        Ok(Self { place: matcher.place, invert, pattern })
    }

    pub(super) fn all(
        plan: &Plan<'_>,
        matchers: &[Placed<StringMatcher>],
    ) -> Result<Vec<Self>, Remark> {
        matchers.iter().map(|matcher| Self::of(plan, matcher)).collect()
    }

    /// What is wrong if none of these texts is as it must be, or one is as none must be.
    pub(super) fn check(&self, what: &str, texts: &[Vec<u8>]) -> Option<Remark> {
        let found = texts.iter().any(|text| match &self.pattern {
            Pattern::Exact(exact) => text == exact,
            Pattern::Regex(_, regex) => regex.is_match(text),
        });
        (found == self.invert).then(|| {
            let article = if self.invert { "no" } else { "a" };
            let texts = all_shown(texts);
            Remark::new(self.place, format!("expected {article} {what} {self}, found {texts}"))
        })
    }
}

/// As it follows the word for what it is about: `"a"`, `like "a.*"`.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pattern {
            Pattern::Exact(exact) => f.write_str(&shown(exact)),
            Pattern::Regex(regex, _) => write!(f, "like {regex:?}"),
        }
    }
}

/// An expression that a text matches as a whole, as written alone: `a)(b` is none.
fn whole(regex: &Placed<String>) -> Result<Pattern, Remark> {
    let Placed { place, value: written } = regex;
    let whole = Regex::new(written).and_then(|_| Regex::new(&format!(r"\A(?:{written})\z")));
    let whole = whole.map_err(|error| {
        // Its last line says what, the others draw where.
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
        Remark::new(*place, format!("expected a regular expression, found {written:?}: {why}"))
    })?;
    Ok(Pattern::Regex(written.clone(), whole))
}

/// Texts in quotes.
pub(super) fn all_shown(texts: &[Vec<u8>]) -> String {
    let texts = texts.iter().map(|text| shown(text)).collect::<Vec<_>>();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}

/// A text in quotes, not all of a long one.
pub(super) fn shown(text: &[u8]) -> String {
    const MOST: usize = 200;
    let quoted = format!("{:?}", String::from_utf8_lossy(&text[..text.len().min(MOST)]));
    if text.len() > MOST { format!("{quoted}… ({} bytes)", text.len()) } else { quoted }
}
