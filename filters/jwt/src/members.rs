//! The members of an object that somebody else wrote: those that matter, each once, and all else ignored.

use whit::json::{self, Kind, Value};

/// The value of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member<'a> {
    Text(&'a [u8]),
    /// A whole number.
    Integer(i64),
    /// Another number, without what is behind the point.
    Fraction(i64),
    Boolean(bool),
    /// A list: whether it holds one of the texts that were looked for.
    List(bool),
    /// An object, `null`, or a number beyond all these.
    Other,
}

impl<'a> Member<'a> {
    pub fn text(self) -> Option<&'a [u8]> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Reads the members with these names, each into its place. In lists it looks for texts.
///
/// # Errors
/// It is no object, or a name that matters stands there twice: who checks and who uses it could take
/// different ones.
#[inline(never)]
pub fn read<'a>(
    value: Value<'_, 'a>,
    names: &[&[u8]],
    members: &mut [Option<Member<'a>>],
    texts: &[&[u8]],
) -> json::Result<()> {
    let mut object = value.object()?;
    while let Some((name, value)) = object.next()? {
        let member = member(value, texts)?;
        for (_, place) in names.iter().zip(members.iter_mut()).filter(|(found, _)| **found == name)
        {
            if place.replace(member).is_some() {
                return Err(object.wrong("each name once"));
            }
        }
    }
    Ok(())
}

fn member<'a>(value: Value<'_, 'a>, texts: &[&[u8]]) -> json::Result<Member<'a>> {
    Ok(match value.kind() {
        Some(Kind::Text) => Member::Text(value.text()?),
        Some(Kind::Number) => {
            let number = value.number()?;
            let fraction = || number.floor().map_or(Member::Other, Member::Fraction);
            number.scaled(0).map_or_else(fraction, Member::Integer)
        }
        Some(Kind::Boolean) => Member::Boolean(value.boolean()?),
        Some(Kind::List) => {
            let mut found = false;
            let mut list = value.list()?;
            while let Some(item) = list.next()? {
                found |= item.kind() == Some(Kind::Text) && texts.contains(&item.text()?);
            }
            Member::List(found)
        }
        _ => Member::Other,
    })
}
