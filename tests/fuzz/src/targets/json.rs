//! JSON: what `serde_json` takes is taken, and nothing else; the same is found in it; and an error has a place.

use serde_json::{Map, Value as Json};
use whit::json::{self, Kind, MOST_NESTED, Value};

pub(super) fn check(bytes: &[u8]) {
    let found = json::read(&mut bytes.to_vec(), read);
    let passed_over = json::read(&mut bytes.to_vec(), |_| Ok(()));
    if let Err(error) = &found {
        let lines = bytes.split(|byte| *byte == b'\n').count();
        assert!((1..=lines).contains(&(error.line as usize)), "{error:?}");
        assert!((1..=bytes.len() + 1).contains(&(error.column as usize)), "{error:?}");
    }
    assert_eq!(found.is_ok(), passed_over.is_ok(), "{found:?}, {passed_over:?}");
    match serde_json::from_slice::<Json>(bytes) {
        Ok(expected) => match found {
            Ok(found) => assert!(alike(&expected, &found), "{expected} is read as {found}"),
            Err(error) => assert!(depth(&expected) > MOST_NESTED, "{error:?} in {expected}"),
        },
        // What has no place in a double has one in whit's numbers, and serde nests deeper.
        Err(error) if error.to_string().starts_with("number out of range") => {}
        Err(error) => assert!(found.is_err(), "{found:?}, but {error}"),
    }
}

/// What is there, but for numbers, of which it makes their floor, or `null`.
fn read(value: Value<'_, '_>) -> json::Result<Json> {
    Ok(match value.kind() {
        Some(Kind::Object) => {
            let mut fields = Map::new();
            let mut object = value.object()?;
            while let Some((name, value)) = object.next()? {
                fields.insert(utf_8(name).into(), read(value)?);
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
        Some(Kind::Text) => utf_8(value.text()?).into(),
        Some(Kind::Number) => value.number()?.floor().into(),
        Some(Kind::Boolean) => value.boolean()?.into(),
        // `null` has nothing to read, and what is no value is found when it is passed over.
        Some(Kind::Null) | None => Json::Null,
    })
}

fn utf_8(text: &[u8]) -> &str {
    str::from_utf8(text).expect("all texts are UTF-8")
}

fn alike(expected: &Json, found: &Json) -> bool {
    match (expected, found) {
        (Json::Array(expected), Json::Array(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(expected, found)| alike(expected, found))
        }
        (Json::Object(expected), Json::Object(found)) => {
            let same = |(name, value)| found.get(name).is_some_and(|found| alike(value, found));
            expected.len() == found.len() && expected.iter().all(same)
        }
        (Json::Number(number), found) => match (number.as_i64(), number.as_f64(), found.as_i64()) {
            (Some(expected), _, found) => found == Some(expected),
            // A double may be rounded up to a whole number.
            (None, Some(near), Some(found)) => {
                (near - found as f64).abs() <= 1.0 + near.abs() * f64::EPSILON
            }
            (None, _, _) => true,
        },
        _ => expected == found,
    }
}

fn depth(value: &Json) -> u32 {
    let deepest = |depths: &mut dyn Iterator<Item = u32>| 1 + depths.max().unwrap_or_default();
    match value {
        Json::Array(items) => deepest(&mut items.iter().map(depth)),
        Json::Object(fields) => deepest(&mut fields.values().map(depth)),
        _ => 0,
    }
}
