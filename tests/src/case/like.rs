//! Headers whose values a case cannot know: patterns, with names for what it wants to find again.

use std::collections::BTreeMap;

use super::CaseBytes;
use super::observed::{Observed, Outcome, Seen};
use super::traffic::CaseStream;

/// What stands for each name of a case: the same text for the same name, another one for another name.
type Texts = BTreeMap<String, String>;

/// What differs from the patterns of a case's streams.
pub(super) fn differences(streams: &[CaseStream], observed: &Observed) -> Vec<String> {
    let mut texts = Texts::new();
    let mut differences = Vec::new();
    for (stream, seen) in streams.iter().zip(&observed.streams) {
        let expect = &stream.expect;
        if let Outcome::Answered { response, .. } = &seen.outcome {
            differences.extend(compare("response", &expect.like, response, &mut texts));
        }
        if let (Some(expect), Some(request)) = (&expect.upstream, &seen.upstream) {
            differences.extend(compare("request", &expect.like, request, &mut texts));
        }
    }
    differences
}

fn compare(
    what: &str,
    patterns: &[(String, String)],
    seen: &Seen,
    texts: &mut Texts,
) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, pattern) in patterns {
        let found: Vec<&CaseBytes> = Seen::all(&seen.headers, name).collect();
        if !matches!(found[..], [value] if is_like(pattern, &value.to_string(), texts)) {
            differences.push(format!(
                "the {what}'s {name} is {found:?} instead of {pattern:?}, with {texts:?}"
            ));
        }
    }
    differences
}

/// Whether a value is as a pattern says, in which `{name}` stands for a text that is not empty.
fn is_like(pattern: &str, value: &str, texts: &mut Texts) -> bool {
    let Some((before, (name, after))) =
        pattern.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    else {
        return pattern == value;
    };
    let Some(value) = value.strip_prefix(before) else { return false };
    let next = after.split('{').next().unwrap_or_default();
    let end = if next.is_empty() { Some(value.len()) } else { value.find(next) };
    let Some((text, rest)) = end.map(|end| value.split_at(end)) else { return false };
    let taken = texts.iter().any(|(other, there)| other != name && there == text);
    let known = texts.entry(name.to_owned()).or_insert_with(|| text.to_owned());
    !text.is_empty() && !taken && known == text && is_like(after, rest, texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_one_text() {
        let mut texts = Texts::new();
        assert!(is_like("a '{x}' b '{x}'", "a '1' b '1'", &mut texts));
        assert!(is_like("{x}", "1", &mut texts));
        assert!(is_like("c", "c", &mut texts));
        for (pattern, value) in [
            ("{x}", "2"),
            ("{y}", "1"),
            ("'{z}'", "''"),
            ("'{z}'", "'3"),
            ("c", "d"),
            ("c{z}", "d4"),
        ] {
            assert!(!is_like(pattern, value, &mut texts.clone()), "{pattern:?} is like {value:?}");
        }
    }
}
