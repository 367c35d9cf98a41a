//! Queries: parameters as forms have them, and a path without some of them.

use percent_encoding::percent_decode;

use crate::filters::api_key::query::{parameters, value, without};

pub(super) fn check(path: &[u8]) {
    for name in [&b"k"[..], b"key", b"a b", b"\xff"] {
        let found: Vec<Vec<u8>> =
            parameters(path).filter_map(|p| value(p, name)).map(Iterator::collect).collect();
        let all = slowly(path);
        let wanted = all.iter().filter(|(found, _)| found == name);
        assert_eq!(found, wanted.map(|(_, value)| value.clone()).collect::<Vec<_>>());

        let mut room = vec![0; path.len()];
        let rest = without(path, name, &mut room).to_vec();
        if found.is_empty() {
            assert_eq!(rest, path);
        }
        assert!(parameters(&rest).all(|parameter| value(parameter, name).is_none()));
        let others = all.into_iter().filter(|(found, _)| found != name);
        // Separators at the end, behind which is nothing, may go.
        let significant = |all: &mut dyn Iterator<Item = (Vec<u8>, Vec<u8>)>| {
            all.filter(|(name, value)| !name.is_empty() || !value.is_empty()).collect::<Vec<_>>()
        };
        assert_eq!(significant(&mut slowly(&rest).into_iter()), significant(&mut { others }));
    }
}

fn slowly(path: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let Some(mark) = path.iter().position(|byte| *byte == b'?') else { return Vec::new() };
    let parameters = path[mark + 1..].split(|byte| b"&;".contains(byte));
    let parameters = parameters.map(|parameter| {
        let mut parts = parameter.splitn(2, |byte| *byte == b'=');
        let mut part = || decoded(parts.next().unwrap_or_default());
        (part(), part())
    });
    parameters.collect()
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let spaces: Vec<u8> =
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaces).collect()
}
