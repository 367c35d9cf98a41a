//! Claims: whatever passes, `serde_json` finds in it what lets it pass.

use serde_json::Value as Json;
use whit::field;

use crate::filters::jwt::members::Member;
use crate::filters::jwt::rules::Rules;
use crate::input::Input;

const NOW: i64 = 1_000_000;

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let flags = input.byte();
    let [endless, issuers, audiences] = [1, 2, 4].map(|bit| flags & bit != 0);
    let mut rules = Rules::default();
    rules.begin();
    rules.endless = endless;
    if issuers {
        rules.issuers.add(b"i").expect("there is room");
    }
    if audiences {
        rules.audiences.add(b"a").expect("there is room");
        rules.audiences.add(b"b").expect("there is room");
    }
    rules.pass_on(b"sub", field!("x-user")).expect("there is room");

    let mut text = input.rest().to_vec();
    let claims = serde_json::from_slice::<Json>(&text);
    // Names that are repeated are refused if they matter.
    let Ok(found) = rules.check(&mut text, NOW) else { return };
    let claims = match claims {
        // Whit's numbers are larger.
        Err(error) if error.to_string().starts_with("number out of range") => return,
        claims => claims.expect("JSON"),
    };
    assert!(claims.is_object(), "{claims}");
    // A fraction of a second may be lost in a double.
    let number = |name: &str| claims.get(name).map(|date| date.as_f64().expect("a number"));
    match number("exp") {
        Some(end) => assert!(end > (NOW - 61) as f64, "{claims}"),
        None => assert!(endless, "{claims}"),
    }
    if let Some(begin) = number("nbf") {
        assert!(begin < (NOW + 62) as f64, "{claims}");
    }
    assert!(!issuers || claims["iss"] == "i", "{claims}");
    let audience = match &claims["aud"] {
        Json::Array(list) => audiences && list.iter().any(|one| one == "a" || one == "b"),
        Json::Null => !audiences && claims.get("aud").is_none(),
        one => audiences && (one == "a" || one == "b"),
    };
    assert!(audience, "{claims}");
    for (_, claim) in rules.headers(&found) {
        let expected = &claims["sub"];
        match claim {
            Some(Member::Text(text)) => {
                assert_eq!(expected.as_str(), str::from_utf8(text).ok());
            }
            Some(Member::Boolean(value)) => assert_eq!(expected.as_bool(), Some(*value)),
            Some(Member::Integer(value)) => {
                let whole = expected.as_i64() == Some(*value);
                assert!(whole || expected.as_f64() == Some(*value as f64), "{claims}");
            }
            Some(_) => assert!(claims.get("sub").is_some()),
            None => assert!(claims.get("sub").is_none()),
        }
    }
}
