//! Tokens: a signed one is taken, and nothing else is, whatever was changed in it.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde_json::Value as Json;
use sha2::Sha256;
use whit::json;

use crate::filters::jwt::event::Event;
use crate::filters::jwt::jwks::{Keys, Unusable};
use crate::filters::jwt::token::{Token, bearer};
use crate::input::Input;

const SECRET: &[u8; 32] = b"a secret of thirty-two bytes, so";

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let secret = URL_SAFE_NO_PAD.encode(SECRET);
    let mut set = format!(r#"{{"keys": [{{"kty": "oct", "k": "{secret}"}}]}}"#).into_bytes();
    let mut keys = Keys::default();
    json::read(&mut set, |value| keys.read(value, Unusable::Refused)).expect("a set of keys");
    keys
});

pub(super) fn check(bytes: &[u8]) {
    check_bearer(bytes);
    // As somebody sends it, and with a signature.
    for token in [bytes.to_vec(), signed(bytes)] {
        let verified = verify(&token);
        if verified.is_ok() {
            assert!(is_signed(&token), "{}", token.escape_ascii());
        }
    }

    let mut input = Input::new(bytes);
    let (at, bit) = (input.number() as usize, input.below(8));
    let header = URL_SAFE_NO_PAD.encode(input.one(&[
        r#"{"alg":"HS256"}"#,
        r#"{"typ":"JWT","alg":"HS256","kid":"1"}"#,
        r#"{"kid":"1","x":{"alg":"none"},"alg":"HS256"}"#,
    ]));
    let claims = input.rest();
    let mut token = signed(format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims)).as_bytes());
    let read = Token::read(&token).expect("a token");
    let mut memory = vec![0; read.memory()];
    assert_eq!(read.verify(&KEYS, &mut memory), Ok(()));
    assert_eq!(read.claims(&mut memory).as_deref(), Ok(claims));

    let at = at % token.len();
    token[at] ^= 1 << bit;
    assert!(verify(&token).is_err(), "{}", token.escape_ascii());
}

fn verify(token: &[u8]) -> Result<(), Event> {
    let token = Token::read(token).ok_or(Event::Malformed)?;
    token.verify(&KEYS, &mut vec![0; token.memory()])
}

fn signature(message: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(SECRET).expect("any size").chain_update(message)
}

/// With a dot and a signature behind it.
fn signed(message: &[u8]) -> Vec<u8> {
    let signature = URL_SAFE_NO_PAD.encode(signature(message).finalize().into_bytes());
    [message, b".", signature.as_bytes()].concat()
}

/// Whether it is, with an algorithm that fits. The key is for all ids.
fn is_signed(token: &[u8]) -> bool {
    let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
    let [header, claims, end] = parts[..] else { return false };
    let message = [header, b".", claims].concat();
    let decoded = |part| URL_SAFE_NO_PAD.decode(part).expect("base64url");
    let header: Json = serde_json::from_slice(&decoded(header)).expect("JSON");
    signature(&message).verify_slice(&decoded(end)).is_ok()
        && header["alg"] == "HS256"
        && header.get("kid").is_none_or(Json::is_string)
        && header.get("crit").is_none()
}

fn check_bearer(bytes: &[u8]) {
    let lower = bytes.to_ascii_lowercase();
    let token = match lower.strip_prefix(b"bearer ") {
        Some(rest) => {
            let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
            Ok(&bytes[7 + spaces..])
        }
        None => Err(Event::Missing),
    };
    assert_eq!(bearer([bytes].into_iter()), token);
    assert_eq!(bearer([bytes, bytes].into_iter()), Err(Event::Malformed));
}
