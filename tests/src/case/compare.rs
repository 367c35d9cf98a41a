//! Messages that are compared with what is expected of them.

use super::apart::apart;
use super::observed::Seen;
use super::{CaseBytes, CaseField};

/// What differs in a message.
pub(super) fn compare(
    what: &str,
    headers: &[CaseField],
    absent: &[String],
    body: Option<&CaseBytes>,
    seen: &Seen,
) -> Vec<String> {
    let mut differences = compare_fields(what, headers, &seen.headers);
    for name in absent {
        let found: Vec<&CaseBytes> = Seen::all(&seen.headers, name).collect();
        if !found.is_empty() {
            differences.push(format!("the {what} holds {name}: {found:?}"));
        }
    }
    if let Some(expected) = body
        && *expected != seen.body
    {
        let (found, expected) = apart(&format!("{:?}", seen.body), &format!("{expected:?}"));
        differences.push(format!("the {what}'s body is {found} instead of {expected}"));
    }
    differences
}

/// A name stands for all its values, in order.
pub(super) fn compare_fields(
    what: &str,
    expected: &[CaseField],
    found: &[CaseField],
) -> Vec<String> {
    let mut names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    let differs = |name| {
        let expected: Vec<&CaseBytes> = Seen::all(expected, name).collect();
        let found: Vec<&CaseBytes> = Seen::all(found, name).collect();
        (found != expected).then(|| {
            let (found, expected) = apart(&format!("{found:?}"), &format!("{expected:?}"));
            format!("the {what}'s {name} is {found} instead of {expected}")
        })
    };
    names.into_iter().filter_map(differs).collect()
}
