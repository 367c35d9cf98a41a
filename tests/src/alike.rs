//! Names that look like slips.

/// No name of the ABI is longer.
const LONGEST: usize = 60;

/// The one of these names that somebody may have meant by `name`.
pub(crate) fn most_alike<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let distance = |other: &str| strsim::damerau_levenshtein(core(name), core(other));
    let most = names.min_by_key(|other| distance(other))?;
    let longest = core(name).len().max(core(most).len());
    // One letter, or three of ten.
    (distance(most) <= (longest * 3 / 10).max(1)).then_some(most)
}

/// What tells a name from the others. SDKs have an `http_` in names of their own.
fn core(name: &str) -> &str {
    ["env.", "proxy_", "on_", "http_"]
        .iter()
        .fold(name, |name, prefix| name.strip_prefix(prefix).unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::most_alike;

    #[test]
    fn a_slip_is_found_and_another_name_is_not() {
        let names = ["proxy_on_request_headers", "proxy_on_response_headers", "proxy_on_log"];
        for (name, meant) in [
            ("proxy_on_http_request_headers", Some("proxy_on_request_headers")),
            ("proxy_on_http_response_headers", Some("proxy_on_response_headers")),
            ("on_request_headers", Some("proxy_on_request_headers")),
            ("proxy_on_requestheaders", Some("proxy_on_request_headers")),
            ("proxy_on_logs", Some("proxy_on_log")),
            ("proxy_on_lag", Some("proxy_on_log")),
            ("proxy_on_vm_start", None),
            ("free", None),
        ] {
            assert_eq!(most_alike(name, names.into_iter()), meant, "{name}");
        }
    }
}
