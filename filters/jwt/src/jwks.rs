//! Sets of keys (RFC 7517).

use whit::json::{self, Value};

#[cfg(feature = "es256")]
use super::es256;
#[cfg(feature = "hs256")]
use super::hs256;
use super::key::Key;
use super::members::{self, Member};
#[cfg(feature = "rs256")]
use super::rs256;

/// A set of keys.
#[derive(Debug)]
pub struct Keys {
    keys: [Option<(Id, Key)>; 16],
}

/// The id by which tokens name a key: as long as the id of an X.509 certificate, and twice that.
#[derive(Clone, Copy, Debug)]
struct Id {
    bytes: [u8; 64],
    size: usize,
}

/// What becomes of a key of which this filter makes nothing: of another algorithm, not for signatures, too
/// weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The whole set is refused: somebody configures it.
    Refused,
    /// It is passed over: sets of others hold keys for others (RFC 7517, section 5).
    Ignored,
}

impl Default for Keys {
    fn default() -> Self {
        Self { keys: [const { None }; 16] }
    }
}

impl Keys {
    /// Reads a set, in place of all that is there. At least one of its keys can be used.
    pub fn read(&mut self, value: Value<'_, '_>, unusable: Unusable) -> json::Result<()> {
        self.keys.fill_with(|| None);
        let mut set = value.object()?;
        while let Some((name, value)) = set.next()? {
            if name != b"keys" {
                continue;
            }
            let mut list = value.list()?;
            while let Some(value) = list.next()? {
                let mut members = [None; NAMES.len()];
                members::read(value, &NAMES, &mut members, &[])?;
                match (key(&members), self.keys.iter_mut().find(|place| place.is_none())) {
                    (Ok(key), Some(place)) => *place = Some(key),
                    (Err(_), _) if unusable == Unusable::Ignored => {}
                    (Err(expected), _) => return Err(list.wrong(expected)),
                    (_, None) => return Err(list.wrong("16 keys at most")),
                }
            }
        }
        if self.is_empty() { Err(set.wrong("a key that this filter can use")) } else { Ok(()) }
    }

    pub fn is_empty(&self) -> bool {
        self.keys.iter().flatten().next().is_none()
    }

    /// The keys of which a token with such a header may have its signature. One without an id is for all.
    pub fn of(&self, algorithm: &[u8], id: Option<&[u8]>) -> impl Iterator<Item = &Key> {
        self.keys.iter().flatten().filter_map(move |(found, key)| {
            let same = found.size == 0 || id == found.bytes.get(..found.size);
            (same && key.algorithm() == algorithm).then_some(key)
        })
    }
}

/// The members that matter. `d` is none of a public key's.
const NAMES: [&[u8]; 11] =
    [b"kty", b"kid", b"alg", b"use", b"d", b"k", b"n", b"e", b"crv", b"x", b"y"];

/// A key of its members, or what was expected instead.
fn key(members: &[Option<Member<'_>>; NAMES.len()]) -> Result<(Id, Key), &'static str> {
    let [kty, kid, alg, purpose, d, _k, _n, _e, _crv, _x, _y] = members;
    let key = match text(kty) {
        #[cfg(feature = "hs256")]
        Some(b"oct") => Key::Hs256(hs256::Key::new(text(_k)).ok_or(hs256::Key::NEEDS)?),
        #[cfg(feature = "rs256")]
        Some(b"RSA") => Key::Rs256(rs256::Key::new(text(_n), text(_e)).ok_or(rs256::Key::NEEDS)?),
        #[cfg(feature = "es256")]
        Some(b"EC") => {
            Key::Es256(es256::Key::new(text(_crv), text(_x), text(_y)).ok_or(es256::Key::NEEDS)?)
        }
        _ => return Err("a \"kty\" that this build knows"),
    };
    if text(alg).is_some_and(|algorithm| algorithm != key.algorithm())
        || text(purpose).is_some_and(|purpose| purpose != b"sig")
        || d.is_some()
    {
        return Err("a key with no other \"alg\", no \"use\" but \"sig\" and no \"d\"");
    }
    let kid = text(kid).unwrap_or_default();
    let mut id = Id { bytes: [0; 64], size: kid.len() };
    id.bytes.get_mut(..kid.len()).ok_or("a \"kid\" of 64 bytes at most")?.copy_from_slice(kid);
    Ok((id, key))
}

fn text<'a>(member: &Option<Member<'a>>) -> Option<&'a [u8]> {
    member.and_then(Member::text)
}
