//! Tokens: three parts in base64url, with dots between them (RFC 7515, section 7.1).

use whit::json;

use super::base64url;
use super::event::Event;
use super::jwks::Keys;
use super::key::Key;
use super::members::{self, Member};

/// A signed token.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
    /// Header and payload, with the dot.
    signed: &'a [u8],
}

/// The token of the values of `authorization` (RFC 6750, section 2.1).
pub fn bearer<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Result<&'a [u8], Event> {
    let value = values.next().ok_or(Event::Missing)?;
    if values.next().is_some() {
        return Err(Event::Malformed);
    }
    let (scheme, mut token) = value.split_at_checked(7).ok_or(Event::Missing)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return Err(Event::Missing);
    }
    while let [b' ', rest @ ..] = token {
        token = rest;
    }
    Ok(token)
}

impl<'a> Token<'a> {
    /// The most characters of a token, and of its header.
    const MOST: usize = 16 * 1024;
    const MOST_OF_HEADER: usize = 2 * 1024;

    /// Takes a token apart; `None` if it has not three parts, or is too long.
    pub fn read(text: &'a [u8]) -> Option<Self> {
        let mut parts = text.split(|byte| *byte == b'.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let size = header.len().wrapping_add(payload.len()).wrapping_add(1);
        let fits = text.len() <= Self::MOST && header.len() <= Self::MOST_OF_HEADER;
        (fits && parts.next().is_none()).then_some(Self {
            header,
            payload,
            signature,
            signed: text.get(..size)?,
        })
    }

    /// How much memory is enough for each of its parts.
    pub fn memory(&self) -> usize {
        self.signed.len()
    }

    /// The claims, decoded: JSON.
    pub fn claims<'m>(&self, memory: &'m mut [u8]) -> Result<&'m mut [u8], Event> {
        base64url::decode(self.payload, memory).ok_or(Event::Malformed)
    }

    /// Whether one of these keys has signed it.
    pub fn verify(&self, keys: &Keys, memory: &mut [u8]) -> Result<(), Event> {
        let mut signature = [0; Key::SIGNATURE];
        let signature =
            base64url::decode(self.signature, &mut signature).ok_or(Event::Malformed)?;
        let header = base64url::decode(self.header, memory).ok_or(Event::Malformed)?;
        // What must be understood (RFC 7515, section 4.1.11) is not. All else, such as a key or where to
        // get one, is not believed.
        const NAMES: [&[u8]; 3] = [b"alg", b"kid", b"crit"];
        let mut members = [None; NAMES.len()];
        json::read(header, |value| members::read(value, &NAMES, &mut members, &[]))
            .map_err(|_| Event::Malformed)?;
        let (algorithm, id) = match members {
            [Some(Member::Text(algorithm)), None, None] => (algorithm, None),
            [Some(Member::Text(algorithm)), Some(Member::Text(id)), None] => (algorithm, Some(id)),
            _ => return Err(Event::Malformed),
        };
        let mut refusal = Event::UnknownKey;
        for key in keys.of(algorithm, id) {
            if key.verify(self.signed, signature) {
                return Ok(());
            }
            refusal = Event::BadSignature;
        }
        Err(refusal)
    }
}
