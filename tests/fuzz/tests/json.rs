//! The target `json` over texts that are JSON, and over ones that nearly are: those that `serde_json` writes.

use proptest::prelude::*;
use serde_json::Value as Json;
use whit_fuzz::TARGETS;

/// Whether what is read of a text is what `serde_json` reads.
fn check(text: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == "json").expect("there is one");
    (target.check)(text);
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_json_writes_is_read(value in any_json(), pretty: bool) {
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }?;
        check(&text);
    }

    /// Valid texts in which a few bytes are changed, taken away or put in: most of them are not valid.
    #[test]
    fn what_serde_json_takes_is_taken_and_nothing_else(
        value in any_json(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 0..4),
    ) {
        let mut text = serde_json::to_vec(&value)?;
        for (place, byte, change) in changes {
            // Of these, JSON is made.
            let byte = br#"{}[]",:\/ue0123456789-+.tfn"#.get(usize::from(byte)).copied().unwrap_or(byte & 0x7f);
            let place = place.index(text.len() + 1);
            match change {
                0 => text.insert(place, byte),
                1 if place < text.len() => text[place] = byte,
                _ if place < text.len() => drop(text.remove(place)),
                _ => {}
            }
        }
        check(&text);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        check(&bytes);
    }
}
