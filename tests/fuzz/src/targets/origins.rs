//! Origins: one is allowed if it is what the pattern says, and nothing more.

use whit::json;

use crate::filters::cors::origin::Origins;
use crate::input::Input;

const PATTERNS: [&str; 5] = [
    "*",
    "https://example.com",
    "https://*.example.com",
    "http://*.localhost:3000",
    "chrome-extension://abc",
];

thread_local! {
    static ORIGINS: [Origins; PATTERNS.len()] = PATTERNS.map(|pattern| {
        let text = format!("\"{pattern}\"").into_bytes().leak();
        json::read(text, Origins::read).expect("a pattern")
    });
}

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let which = input.below(PATTERNS.len());
    // Also one that nearly is as the pattern says.
    let near = PATTERNS[which].replace('*', &String::from_utf8_lossy(input.bytes()));
    for origin in [near.as_bytes(), bytes, input.rest()] {
        let held = ORIGINS.with(|origins| origins[which].hold(origin));
        let expected = expected(PATTERNS[which], origin);
        assert_eq!(held, expected, "{} of {}", origin.escape_ascii(), PATTERNS[which]);
    }
}

fn expected(pattern: &str, origin: &[u8]) -> bool {
    let Ok(origin) = str::from_utf8(origin) else { return false };
    match pattern.split_once('*') {
        None => pattern == origin,
        Some(("", "")) => is_origin(origin),
        Some((before, after)) => {
            let rest = origin.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            rest.is_some_and(is_name)
        }
    }
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let own = if scheme == "http" { "80" } else { "443" };
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.chars().all(|c| is_lower(c) || "+-.".contains(c))
        && port.is_none_or(|port| port != own && !port.is_empty() && is_number(port))
        && match inside {
            Some(inside) => !inside.is_empty() && inside.chars().all(|c| is_lower(c) || c == ':'),
            None => is_name(host),
        }
}

/// Labels with dots between them.
fn is_name(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| is_lower(c) || "-_".contains(c));
    text.split('.').all(is_label)
}

fn is_lower(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}
