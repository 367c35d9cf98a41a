//! Sets of keys: what is read can be used, and `serde_json` finds it there.

use serde_json::Value as Json;
use whit::json;

use crate::filters::jwt::jwks::{Keys, Unusable};
use crate::filters::jwt::token::Token;

pub(super) fn check(bytes: &[u8]) {
    let read = |unusable| {
        let mut keys = Keys::default();
        let read = json::read(&mut bytes.to_vec(), |value| keys.read(value, unusable));
        read.is_ok().then_some(keys)
    };
    let (refused, ignored) = (read(Unusable::Refused), read(Unusable::Ignored));
    assert!(refused.is_none() || ignored.is_some(), "what nothing is wrong with is taken");
    let Some(keys) = ignored else { return };
    assert!(!keys.is_empty());

    // {"alg":"HS256"}, {"alg":"RS256"} and {"alg":"ES256"}, with a signature that is none.
    for header in ["eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJFUzI1NiJ9"] {
        for signature in ["", &"A".repeat(86), &"_".repeat(342)] {
            let token = format!("{header}.e30.{signature}");
            let token = Token::read(token.as_bytes()).expect("three parts");
            assert!(token.verify(&keys, &mut vec![0; token.memory()]).is_err());
        }
    }

    let Ok(set) = serde_json::from_slice::<Json>(bytes) else { return };
    let list = set["keys"].as_array().expect("a list of keys");
    for algorithm in ["HS256", "RS256", "ES256"] {
        for key in keys.of(algorithm.as_bytes(), None) {
            assert_eq!(key.algorithm(), algorithm.as_bytes());
            let types = ["oct", "RSA", "EC"].map(Json::from);
            let fits = |key: &Json| types.contains(&key["kty"]) && key.get("d").is_none();
            assert!(list.iter().any(fits), "{set}");
        }
    }
}
