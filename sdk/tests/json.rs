//! `whit::json` beside `serde_json`: whatever the text, both take it or neither does, and find the same in it.

use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use whit::json::{self, Kind, Value};

/// What `serde_json` would make of it, but for numbers, of which it makes their floor.
fn read(value: Value<'_, '_>) -> json::Result<Json> {
    Ok(match value.kind() {
        Some(Kind::Object) => {
            let mut fields = Map::new();
            let mut object = value.object()?;
            while let Some((name, value)) = object.next()? {
                fields.insert(String::from_utf8_lossy(name).into_owned(), read(value)?);
            }
            fields.into()
        }
        Some(Kind::List) => {
            let mut items = Vec::new();
            let mut list = value.list()?;
            while let Some(item) = list.next()? {
                items.push(read(item)?);
            }
            items.into()
        }
        Some(Kind::Text) => String::from_utf8_lossy(value.text()?).into(),
        Some(Kind::Number) => value.number()?.floor().into(),
        Some(Kind::Boolean) => value.boolean()?.into(),
        Some(Kind::Null) | None => Json::Null,
    })
}

/// The same of what `serde_json` has read.
fn floors(value: &Json) -> Json {
    match value {
        Json::Number(number) => number.as_i64().into(),
        Json::Array(items) => items.iter().map(floors).collect(),
        Json::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), floors(value))).collect()
        }
        other => other.clone(),
    }
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
        let mut text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }?;
        prop_assert_eq!(json::read(&mut text, read), Ok(value));
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
        // Whether bytes are UTF-8 is left to the plugin.
        if std::str::from_utf8(&text).is_err() {
            return Ok(());
        }
        let expected = serde_json::from_slice::<Json>(&text);
        let taken = json::read(&mut text.clone(), |_| Ok(()));
        let large = expected.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        prop_assert!(large || taken.is_ok() == expected.is_ok(), "{:?}: {:?}", text.escape_ascii().to_string(), expected);
        if let Ok(expected) = expected {
            let read = json::read(&mut text, read);
            let fraction = |value: &Json| value.to_string().contains(['.', 'e']);
            if !fraction(&expected) {
                prop_assert_eq!(read, Ok(floors(&expected)));
            }
        }
    }

    #[test]
    fn no_bytes_are_too_strange(mut bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = json::read(&mut bytes, read);
    }
}
