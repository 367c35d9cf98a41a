//! Which claims (RFC 7519, section 4.1) let a token pass, and which go on as headers.

use whit::{Field, json};

use super::event::Event;
use super::few::Few;
use super::members::{self, Member};

/// What a token must claim, and what is made of it.
#[derive(Debug, Default)]
pub struct Rules {
    /// One of these, if there are any.
    pub issuers: Few<&'static [u8]>,
    /// One of these at least, if there are any.
    pub audiences: Few<&'static [u8]>,
    /// By how many seconds clocks may differ.
    pub leeway: i64,
    /// Whether a token without an end may pass.
    pub endless: bool,
    /// What is read of a token: `exp`, `nbf`, `iss`, `aud`, and the claims that go on.
    names: Few<&'static [u8]>,
    /// As which headers these go on.
    headers: Few<Field<'static>>,
}

/// A claim in its place among the names.
type Claims<'a> = [Option<Member<'a>>; 16];

impl Rules {
    /// What holds unless the configuration says something else.
    pub fn begin(&mut self) {
        self.leeway = 60;
        for name in [&b"exp"[..], b"nbf", b"iss", b"aud"] {
            self.names.add(name);
        }
    }

    /// The upstream is to get a claim as a header; `None` if those are too many.
    pub fn pass_on(&mut self, claim: &'static [u8], header: Field<'static>) -> Option<()> {
        self.names.add(claim)?;
        self.headers.add(header)
    }

    /// Reads the claims of a token that may pass at a time, in seconds since 1970.
    pub fn check<'a>(&self, text: &'a mut [u8], now: i64) -> Result<Claims<'a>, Event> {
        let mut claims = [None; 16];
        let (names, audiences) = (self.names.items(), self.audiences.items());
        json::read(text, |value| members::read(value, names, &mut claims, audiences))
            .map_err(|_| Event::Malformed)?;
        let [end, begin, issuer, audience, ..] = claims;
        let end = date(end, if self.endless { i64::MAX } else { i64::MIN })?;
        let begin = date(begin, i64::MIN)?;
        // The host's clock and the leeway are far from overflowing.
        if end <= now.wrapping_sub(self.leeway) || begin > now.wrapping_add(self.leeway) {
            return Err(Event::Expired);
        }
        let issuers = self.issuers.items();
        let issued = issuers.is_empty()
            || matches!(issuer, Some(Member::Text(issuer)) if issuers.contains(&issuer));
        let for_us = match audience {
            Some(Member::Text(audience)) => audiences.contains(&audience),
            Some(Member::List(found)) => found,
            // One for somebody is not for who is nobody, but this one is for all.
            None => audiences.is_empty(),
            _ => false,
        };
        if issued && for_us { Ok(claims) } else { Err(Event::WrongClaim) }
    }

    /// Each header that comes from a token, with its claim.
    pub fn headers<'c, 'a>(
        &self,
        claims: &'c Claims<'a>,
    ) -> impl Iterator<Item = (&Field<'static>, &'c Option<Member<'a>>)> {
        let [_, _, _, _, claims @ ..] = claims;
        self.headers.items().iter().zip(claims)
    }
}

/// Seconds since 1970, without a fraction.
fn date(claim: Option<Member<'_>>, otherwise: i64) -> Result<i64, Event> {
    match claim {
        Some(Member::Integer(date) | Member::Fraction(date)) => Ok(date),
        Some(_) => Err(Event::Malformed),
        None => Ok(otherwise),
    }
}
