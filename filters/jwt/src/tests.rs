//! The tokens of the RFCs, and what is no token.

extern crate std;

use std::string::String;
#[cfg(any(feature = "hs256", feature = "es256"))]
use std::vec::Vec;
use std::{format, vec};

use whit::json;

use crate::event::Event;
use crate::jwks::{Keys, Unusable};
use crate::rules::Rules;
use crate::token::{Token, bearer};

/// RFC 7515, appendix A.1 and RFC 7519, section 3.1.
const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
#[cfg(feature = "hs256")]
const SECRET: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
#[cfg(feature = "hs256")]
const HS256: (&str, &str) =
    ("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
/// RFC 7515, appendix A.2.
#[cfg(feature = "rs256")]
const MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
#[cfg(feature = "rs256")]
const RS256: (&str, &str) = (
    "eyJhbGciOiJSUzI1NiJ9",
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
);
/// RFC 7515, appendix A.3.
#[cfg(feature = "es256")]
const POINT: (&str, &str) =
    ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
#[cfg(feature = "es256")]
const ES256: (&str, &str) = (
    "eyJhbGciOiJFUzI1NiJ9",
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
);

fn read(keys: &str, unusable: Unusable) -> Result<Keys, String> {
    let mut text = format!(r#"{{"keys": [{keys}], "more": 1}}"#).into_bytes();
    let mut keys = Keys::default();
    json::read(&mut text, |value| keys.read(value, unusable))
        .map_err(|error| format!("{error:?}"))?;
    Ok(keys)
}

fn keys(keys: &str) -> Keys {
    read(keys, Unusable::Refused).expect("keys")
}

/// What becomes of a token.
fn verify(token: &str, keys: &Keys) -> Result<(), Event> {
    let token = Token::read(token.as_bytes()).ok_or(Event::Malformed)?;
    token.verify(keys, &mut vec![0; token.memory()])
}

fn token((header, signature): (&str, &str)) -> String {
    format!("{header}.{PAYLOAD}.{signature}")
}

/// Texts that differ in one character from this one.
fn changed(text: &str) -> impl Iterator<Item = String> {
    (0..text.len()).map(move |place| {
        let other = if text.as_bytes()[place] == b'A' { "g" } else { "A" };
        format!("{}{other}{}", &text[..place], &text[place + 1..])
    })
}

/// The token of an RFC passes, and nothing that differs from it.
fn check(vector: (&str, &str), key: &str) {
    let (header, signature) = vector;
    let keys = keys(key);
    assert_eq!(verify(&token(vector), &keys), Ok(()));
    for signature in changed(signature) {
        assert!(verify(&token((header, &signature)), &keys).is_err(), "{signature}");
    }
    for header in changed(header) {
        assert!(verify(&token((&header, signature)), &keys).is_err(), "{header}");
    }
    for payload in changed(PAYLOAD).step_by(7) {
        let token = format!("{header}.{payload}.{signature}");
        assert_eq!(verify(&token, &keys), Err(Event::BadSignature));
    }
    for size in 0..signature.len() {
        assert!(verify(&token((header, &signature[..size])), &keys).is_err());
    }
}

#[test]
#[cfg(feature = "hs256")]
fn the_rfcs_token_with_hs256() {
    check(HS256, &format!(r#"{{"kty": "oct", "k": "{SECRET}"}}"#));
}

#[test]
#[cfg(feature = "rs256")]
fn the_rfcs_token_with_rs256() {
    check(RS256, &format!(r#"{{"kty": "RSA", "n": "{MODULUS}", "e": "AQAB"}}"#));
}

#[test]
#[cfg(feature = "es256")]
fn the_rfcs_token_with_es256() {
    let (x, y) = POINT;
    check(ES256, &format!(r#"{{"kty": "EC", "crv": "P-256", "x": "{x}", "y": "{y}"}}"#));
}

#[test]
#[cfg(feature = "hs256")]
fn a_key_is_for_its_id_and_its_algorithm() {
    let mine = keys(&format!(
        r#"{{"kty": "oct", "k": "{SECRET}", "kid": "mine", "alg": "HS256", "use": "sig"}}"#
    ));
    // The RFC's token names no key.
    assert_eq!(verify(&token(HS256), &mine), Err(Event::UnknownKey));
    let least = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"; // 32 bytes
    assert!(read(&format!(r#"{{"kty": "oct", "k": "{least}"}}"#), Unusable::Refused).is_ok());
    for key in [
        &format!(r#""k": "{}""#, &least[..42]),
        &format!(r#""k": "{SECRET}", "alg": "HS512""#),
        &format!(r#""k": "{SECRET}", "alg": "none""#),
        &format!(r#""k": "{SECRET}", "use": "enc""#),
        &format!(r#""k": "{SECRET}", "d": """#),
        &format!(r#""k": "{SECRET}", "kid": "{}""#, "x".repeat(65)),
        &format!(r#""k": "{SECRET}=""#),
        &format!(r#""k": "{SECRET}AAAA""#), // 67 bytes
        &format!(r#""k": ["{SECRET}"]"#),
        &format!(r#""k": "{SECRET}", "k": "{SECRET}""#),
        r#""n": "AQ""#,
    ] {
        assert!(read(&format!(r#"{{"kty": "oct", {key}}}"#), Unusable::Refused).is_err(), "{key}");
    }
    // What is for others is passed over, but one remains.
    let good = format!(r#"{{"kty": "oct", "k": "{SECRET}"}}"#);
    let others = r#"{"kty": "OKP", "crv": "Ed25519", "x": "AQ"}, {"kty": "oct", "k": "AQ"}, {}"#;
    let keys = read(&format!("{others}, {good}"), Unusable::Ignored).expect("one key");
    assert_eq!(verify(&token(HS256), &keys), Ok(()));
    assert!(read(others, Unusable::Ignored).is_err());
    assert!(read(&vec![&good[..]; 16].join(","), Unusable::Ignored).is_ok());
    assert!(read(&vec![&good[..]; 17].join(","), Unusable::Ignored).is_err());
}

#[test]
#[cfg(feature = "hs256")]
fn a_header_is_a_header() {
    let keys = keys(&format!(r#"{{"kty": "oct", "k": "{SECRET}"}}"#));
    let verify = |header: &[u8]| verify(&format!("{}.{PAYLOAD}.", encoded(header)), &keys);
    for header in [
        &b""[..],
        b"{",
        b"[]",
        b"{}",
        br#"{"alg": "HS256", "crit": ["exp"], "exp": 1}"#,
        br#"{"alg": "HS256", "crit": []}"#,
        br#"{"alg": "HS256", "alg": "HS256"}"#,
        br#"{"alg": "HS256", "\u0061lg": "HS256"}"#,
        br#"{"alg": ["HS256"]}"#,
        br#"{"alg": "HS256", "kid": 1}"#,
        br#"{"alg": "HS256"} {}"#,
    ] {
        assert_eq!(verify(header), Err(Event::Malformed), "{:?}", String::from_utf8_lossy(header));
    }
    for algorithm in ["none", "None", "hs256", "HS384", "RS256", "ES256", ""] {
        let header = format!(r#"{{"alg": "{algorithm}"}}"#);
        assert_eq!(verify(header.as_bytes()), Err(Event::UnknownKey), "{algorithm}");
    }
    // Without a signature.
    assert_eq!(verify(br#"{"alg": "HS256"}"#), Err(Event::BadSignature));
    let nested = |depth: usize| {
        format!(r#"{{"alg": "HS256", "x": {}{}}}"#, "[".repeat(depth), "]".repeat(depth))
    };
    assert_eq!(verify(nested(63).as_bytes()), Err(Event::BadSignature));
    assert_eq!(verify(nested(64).as_bytes()), Err(Event::Malformed));
}

/// A public key is no secret: who knows it can sign nothing.
#[test]
#[cfg(all(feature = "hs256", feature = "rs256", feature = "es256"))]
fn no_key_is_used_for_another_algorithm() {
    let (x, y) = POINT;
    let all = [
        (HS256, format!(r#"{{"kty": "oct", "k": "{SECRET}"}}"#)),
        (RS256, format!(r#"{{"kty": "RSA", "n": "{MODULUS}", "e": "AQAB"}}"#)),
        (ES256, format!(r#"{{"kty": "EC", "crv": "P-256", "x": "{x}", "y": "{y}"}}"#)),
    ];
    for (place, (_, key)) in all.iter().enumerate() {
        for (other, (vector, _)) in all.iter().enumerate() {
            let expected = if place == other { Ok(()) } else { Err(Event::UnknownKey) };
            assert_eq!(verify(&token(*vector), &keys(key)), expected);
        }
    }
    let all = all.map(|(_, key)| key).join(",");
    for vector in [HS256, RS256, ES256] {
        assert_eq!(verify(&token(vector), &keys(&all)), Ok(()));
    }
}

#[test]
#[cfg(feature = "rs256")]
fn an_rsa_key_is_strong() {
    let weak = format!("Af{}", &MODULUS[2..]); // It begins with seven zeros.
    for key in [
        format!(r#""n": "{weak}", "e": "AQAB""#),
        format!(r#""n": "{}", "e": "AQAB""#, &MODULUS[..340]),
        format!(r#""n": "AA{MODULUS}", "e": "AQAB""#),
        format!(r#""n": "{MODULUS}", "e": "Aw""#),
        format!(r#""n": "{MODULUS}", "e": "AQAA""#),
        format!(r#""n": "{MODULUS}", "e": "AAEAAQ""#),
        format!(r#""n": "{MODULUS}", "e": "AQAAAAE""#),
        format!(r#""n": "{MODULUS}""#),
        r#""n": "", "e": "AQAB""#.into(),
        format!(r#""n": "{MODULUS}", "e": "AQAB", "d": "AQ""#),
        format!(r#""n": "{MODULUS}", "e": "AQAB", "alg": "HS256""#),
    ] {
        assert!(read(&format!(r#"{{"kty": "RSA", {key}}}"#), Unusable::Refused).is_err(), "{key}");
    }
    assert!(
        read(&format!(r#"{{"kty": "oct", "n": "{MODULUS}", "e": "AQAB"}}"#), Unusable::Refused)
            .is_err()
    );
}

#[test]
#[cfg(feature = "es256")]
fn a_point_is_one_of_the_curve() {
    let (x, y) = POINT;
    for key in [
        format!(r#""crv": "P-384", "x": "{x}", "y": "{y}""#),
        format!(r#""x": "{x}", "y": "{y}""#),
        format!(r#""crv": "P-256", "x": "{y}", "y": "{x}""#),
        format!(r#""crv": "P-256", "x": "{x}""#),
        format!(r#""crv": "P-256", "x": "{}", "y": "{y}""#, &x[..40]),
        format!(r#""crv": "P-256", "x": "{}", "y": "{}""#, "A".repeat(43), "A".repeat(43)),
        format!(r#""crv": "P-256", "x": "{x}", "y": "{y}", "d": "AQ""#),
    ] {
        assert!(read(&format!(r#"{{"kty": "EC", {key}}}"#), Unusable::Refused).is_err(), "{key}");
    }
    // Neither zero nor the order of the curve is a part of a signature.
    let keys = keys(&format!(r#"{{"kty": "EC", "crv": "P-256", "x": "{x}", "y": "{y}"}}"#));
    let order = b"\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
    for signature in [vec![0; 64], [*order, *order].concat(), vec![1; 63], vec![1; 65]] {
        let signature = encoded(&signature);
        assert_eq!(verify(&token((ES256.0, &signature)), &keys), Err(Event::BadSignature));
    }
}

#[test]
fn a_token_has_three_parts_and_a_size() {
    for text in ["", ".", "a", "a.b", "a.b.c.d", "a.b.c.d.e"] {
        assert!(Token::read(text.as_bytes()).is_none(), "{text}");
    }
    assert!(Token::read(b"..").is_some());
    let sized = |size: usize| format!("a.b.{}", "c".repeat(size - 4));
    assert!(Token::read(sized(16 * 1024).as_bytes()).is_some());
    assert!(Token::read(sized(16 * 1024 + 1).as_bytes()).is_none());
    assert!(Token::read(format!("{}.b.c", "a".repeat(2049)).as_bytes()).is_none());
}

#[test]
fn a_bearer_token_is_alone() {
    let bearer = |values: &[&'static str]| bearer(values.iter().map(|value| value.as_bytes()));
    for value in ["Bearer a", "bearer a", "BEARER   a"] {
        assert_eq!(bearer(&[value]), Ok(&b"a"[..]), "{value}");
    }
    for value in ["", "Bearer", "Bearera", "Basic a", "Token Bearer a"] {
        assert_eq!(bearer(&[value]), Err(Event::Missing), "{value}");
    }
    assert_eq!(bearer(&[]), Err(Event::Missing));
    assert_eq!(bearer(&["Bearer a", "Bearer a"]), Err(Event::Malformed));
}

#[test]
fn claims_let_a_token_pass() {
    const NOW: i64 = 1_000_000;
    let mut rules = Rules::default();
    rules.begin();
    let check = |rules: &Rules, claims: &str| {
        rules.check(&mut claims.as_bytes().to_vec(), NOW).map(|_| ()).err()
    };
    for (claims, refusal) in [
        (r#"{"exp": 1000000}"#, None),
        (r#"{"exp": 999941}"#, None),
        (r#"{"exp": 999940}"#, Some(Event::Expired)),
        (r#"{"exp": 999940.9}"#, Some(Event::Expired)),
        (r#"{"exp": 1e6}"#, None),
        (r#"{"exp": -1}"#, Some(Event::Expired)),
        (r#"{"exp": 1e400}"#, Some(Event::Malformed)),
        (r#"{"exp": "1000000"}"#, Some(Event::Malformed)),
        (r#"{"exp": null}"#, Some(Event::Malformed)),
        (r#"{"exp": 2000000, "exp": 2000000}"#, Some(Event::Malformed)),
        (r#"{"exp": 2000000, "nbf": 1000060}"#, None),
        (r#"{"exp": 2000000, "nbf": 1000061}"#, Some(Event::Expired)),
        (r#"{"exp": 2000000, "nbf": [1]}"#, Some(Event::Malformed)),
        (r#"{"exp": 2000000, "nbf": -1e400}"#, Some(Event::Malformed)),
        (r#"{"exp": 9223372036854775807, "nbf": -9223372036854775808}"#, None),
        (r#"{"exp": 2000000, "iss": 1}"#, None),
        (r#"{"exp": 2000000, "aud": "a"}"#, Some(Event::WrongClaim)),
        (r#"{"exp": 2000000, "aud": []}"#, Some(Event::WrongClaim)),
        (r#"{}"#, Some(Event::Expired)),
        ("[]", Some(Event::Malformed)),
        ("", Some(Event::Malformed)),
        ("{} {}", Some(Event::Malformed)),
    ] {
        assert_eq!(check(&rules, claims), refusal, "{claims}");
    }
    rules.endless = true;
    assert_eq!(check(&rules, "{}"), None);
    for text in [&b"i"[..], b"j"] {
        rules.issuers.add(text);
    }
    for text in [&b"a"[..], b"b"] {
        rules.audiences.add(text);
    }
    for (claims, passes) in [
        (r#"{"iss": "i", "aud": "a"}"#, true),
        (r#"{"iss": "j", "aud": ["x", "b"]}"#, true),
        (r#"{"iss": "j", "aud": [1, {"a": "a"}, "b"]}"#, true),
        (r#"{"iss": "j", "aud": ["x", ["b"]]}"#, false),
        (r#"{"iss": "j", "aud": []}"#, false),
        (r#"{"iss": "j", "aud": {"a": 1}}"#, false),
        (r#"{"iss": "j", "aud": ""}"#, false),
        (r#"{"iss": "j"}"#, false),
        (r#"{"iss": "", "aud": "a"}"#, false),
        (r#"{"iss": "I", "aud": "a"}"#, false),
        (r#"{"iss": ["i"], "aud": "a"}"#, false),
        (r#"{"aud": "a"}"#, false),
    ] {
        let refusal = (!passes).then_some(Event::WrongClaim);
        assert_eq!(check(&rules, claims), refusal, "{claims}");
    }
}

/// Base64url, as an encoder writes it.
#[cfg(any(feature = "hs256", feature = "es256"))]
fn encoded(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = Vec::new();
    for chunk in bytes.chunks(3) {
        let mut three = [0; 4];
        three[1..=chunk.len()].copy_from_slice(chunk);
        let number = u32::from_be_bytes(three);
        let digits = (0..4).map(|place| DIGITS[(number >> (18 - 6 * place) & 63) as usize]);
        text.extend(digits.take(chunk.len() + 1));
    }
    String::from_utf8(text).expect("ASCII")
}
