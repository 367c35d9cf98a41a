use super::{Error, Kind, Result, Value, read};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// What it holds, in a form of its own; without commas, so that this is no JSON reader read twice.
fn shown(value: Value<'_, '_>) -> Result<String> {
    Ok(match value.kind() {
        Some(Kind::Object) => {
            let mut fields = Vec::new();
            let mut object = value.object()?;
            while let Some((name, value)) = object.next()? {
                fields.push(format!("{}={}", name.escape_ascii(), shown(value)?));
            }
            format!("({})", fields.join(" "))
        }
        Some(Kind::List) => {
            let mut items = Vec::new();
            let mut list = value.list()?;
            while let Some(item) = list.next()? {
                items.push(shown(item)?);
            }
            format!("({})", items.join(" "))
        }
        Some(Kind::Text) => format!("'{}'", value.text()?.escape_ascii()),
        Some(Kind::Number) => format!("{:?}", value.number()?.scaled(0)),
        Some(Kind::Boolean) => value.boolean()?.to_string(),
        Some(Kind::Null) | None => "-".into(),
    })
}

fn shown_of(text: &str) -> Result<String, Error> {
    read(&mut text.as_bytes().to_vec(), shown)
}

fn wrong(text: &str) -> (u32, u32, String) {
    let Error { line, column, problem, .. } = shown_of(text).expect_err(text);
    (line, column, format!("{problem:?}"))
}

#[test]
fn what_is_json_is_read() {
    for (text, expected) in [
        ("{}", "()"),
        (" [ ] ", "()"),
        ("null", "-"),
        ("true", "true"),
        (r#"{"a":1,"b":[2,{"c":"d"}],"e":null}"#, "(a=Some(1) b=(Some(2) (c='d')) e=-)"),
        ("\t\r\n[1 , 2]\n", "(Some(1) Some(2))"),
        (r#""\"\\\/\b\f\n\r\t""#, r#"'\"\\/\x08\x0c\n\r\t'"#),
        (r#""\u0041\u00e9\u20AC\ud83d\uDE00""#, r"'A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'"),
        ("\"\u{7f}\u{20ac}\"", r"'\x7f\xe2\x82\xac'"),
        (r#"{"\u0061b":0}"#, "(ab=Some(0))"),
        (
            "[-0,-1,10,1.5,1e2,2E+1,30e-1,9223372036854775807,9223372036854775808]",
            "(Some(0) Some(-1) Some(10) None Some(100) Some(20) Some(3) Some(9223372036854775807) None)",
        ),
        ("[1e99999999999,0e99999999999,1e-99999999999]", "(None Some(0) None)"),
    ] {
        assert_eq!(shown_of(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_not_is_told_with_its_place() {
    for (text, line, column, problem) in [
        ("", 1, 1, "a value"),
        ("[1,]", 1, 4, "a value"),
        ("[1 2]", 1, 4, "a comma or ]"),
        ("[1", 1, 3, "a comma or ]"),
        ("{\"a\":1,\n  }", 2, 3, "a field's name in quotes"),
        ("{\"a\" 1}", 1, 6, "a colon"),
        ("{\"a\":1 \"b\"", 1, 8, "a comma or }"),
        ("[1] 2", 1, 5, "nothing more"),
        ("01", 1, 2, "nothing more"),
        ("-", 1, 2, "a digit"),
        ("1.", 1, 3, "a digit"),
        ("1e+", 1, 4, "a digit"),
        (".5", 1, 1, "a value"),
        ("+1", 1, 1, "a value"),
        ("tru", 1, 4, "a value"),
        ("nulk", 1, 4, "a value"),
        ("\"a", 1, 3, "a character, an escape or a quote"),
        ("\"a\nb\"", 1, 3, "a character, an escape or a quote"),
        (r#""ab\x""#, 1, 4, "a character, an escape or a quote"),
        (r#""\ud83d""#, 1, 2, "a character, an escape or a quote"),
        (r#""\ud83d\u0041""#, 1, 2, "a character, an escape or a quote"),
        (r#""\udc00""#, 1, 2, "a character, an escape or a quote"),
        (r#""\u12""#, 1, 2, "a character, an escape or a quote"),
        ("'a'", 1, 1, "a value"),
        ("// a", 1, 1, "a value"),
    ] {
        assert_eq!(wrong(text), (line, column, format!("Expected({problem:?})")), "{text}");
    }
}

/// Every two bytes in quotes; and the first and last sequences of three and four bytes, those beside them, and
/// cut ones.
#[test]
fn texts_are_utf_8() {
    // Miri is slow.
    let step = if cfg!(miri) { 23 } else { 1 };
    let bytes = || (0x20..=0xff_u8).step_by(step);
    let mut texts: Vec<Vec<u8>> =
        bytes().flat_map(|a| bytes().map(move |b| [a, b].to_vec())).collect();
    texts.retain(|text| !text.iter().any(|byte| br#""\"#.contains(byte)));
    for text in [
        "\u{800}",
        "\u{fff}",
        "\u{1000}",
        "\u{d7ff}",
        "\u{e000}",
        "\u{fffd}",
        "\u{ffff}",
        "\u{10000}",
        "\u{3ffff}",
        "\u{40000}",
        "\u{10ffff}",
    ] {
        for byte in (0..=0xff).step_by(step) {
            let mut changed = text.as_bytes().to_vec();
            texts.push(changed[..changed.len() - 1].to_vec());
            (changed[0], changed[1]) = (byte | 0x80, changed[1] ^ 0x30);
            texts.push(changed.clone());
            changed[1] ^= 0x30 ^ (byte | 0x80);
            texts.push(changed);
        }
    }
    texts.push(b"\xff\x80\x80\x80\x80\x80\x80\x80".to_vec());
    for text in texts {
        let good = core::str::from_utf8(&text).map_err(|error| error.valid_up_to() as u32);
        let mut quoted = [b"[\"", &text[..], b"\"]"].concat();
        let read = read(&mut quoted, |value| {
            let mut list = value.list()?;
            list.next()?.map(Value::text).transpose()
        });
        match (good, read) {
            (Ok(good), Ok(read)) => assert_eq!(Some(good.as_bytes()), read),
            (Err(at), Err(error)) => assert_eq!(error.column, at + 3, "{}", text.escape_ascii()),
            (good, read) => panic!("{}: {good:?}, {read:?}", text.escape_ascii()),
        }
    }
}

#[test]
fn what_is_passed_over_is_checked_as_well() {
    let first = |text: &str| {
        read(&mut text.as_bytes().to_vec(), |value| {
            let mut list = value.list()?;
            match list.next()? {
                Some(item) => item.integer(0..=9),
                None => Err(list.wrong("an item")),
            }
        })
    };
    assert_eq!(first(r#"[7, {"a": [1, "]"]}, [[]]]"#), Ok(7));
    for text in ["[7, {]", "[7, [}]", "[7, \"", "[7, tru]", "[7, -]", "[7] ]", "[7, {\"a\"}]"] {
        assert!(first(text).is_err(), "{text}");
    }
}

#[test]
fn a_container_that_is_left_early_is_passed_over() {
    let mut text = *br#"[{"a": [1, [2], 3], "b": 4}, 5]"#;
    let last = read(&mut text, |value| {
        let mut list = value.list()?;
        if let Some(item) = list.next()? {
            let mut object = item.object()?;
            if let Some((_, value)) = object.next()? {
                let mut inner = value.list()?;
                inner.next()?;
            }
        }
        let last = list.next()?.map(|item| item.integer(0..=9)).transpose()?;
        assert!(list.next()?.is_none());
        assert!(list.next()?.is_none());
        Ok(last)
    });
    assert_eq!(last, Ok(Some(5)));
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let passed = |text: String| read(&mut text.into_bytes(), |_| Ok(()));
    assert_eq!(passed(nested(64)), Ok(()));
    assert_eq!(passed(nested(65)).map_err(|error| error.column), Err(65));
}

#[test]
fn an_error_names_the_field() {
    let error = read(&mut br#"{"a": {"limit": 2000}}"#.to_vec(), |value| {
        let mut object = value.object()?;
        let Some((_, value)) = object.next()? else { return Ok(0) };
        let mut object = value.object()?;
        let Some((_, value)) = object.next()? else { return Ok(0) };
        value.integer(1..=1000)
    });
    let error = error.expect_err("it is too large");
    assert_eq!((error.line, error.column, error.name()), (1, 17, &b"limit"[..]));
}
