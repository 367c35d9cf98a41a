//! Headers on their way from one message to another.

use whit::{Context, Fields, Map, Result, Status};

use crate::name::Names;

/// Names and values, of which there is room for a few.
#[derive(Debug)]
pub struct FieldList<'a> {
    fields: [(&'a [u8], &'a [u8]); 32],
    count: usize,
}

impl Default for FieldList<'_> {
    fn default() -> Self {
        Self { fields: [(b"", b""); 32], count: 0 }
    }
}

impl<'a> FieldList<'a> {
    /// `false` if there is no room.
    #[inline(never)] // It is called in five places.
    pub fn push(&mut self, name: &'a [u8], value: &'a [u8]) -> bool {
        let Some(free) = self.fields.get_mut(self.count) else { return false };
        *free = (name, value);
        self.count += 1;
        true
    }

    /// All of them, put together.
    pub fn fields<'c>(&self, context: &Context<'c>) -> Result<Fields<'c>> {
        context.fields(self.fields.get(..self.count).unwrap_or_default())
    }
}

/// The headers of these names.
///
/// # Errors
/// The host's; [`Status::BAD_ARGUMENT`] if there are too many.
pub fn chosen<'c>(
    context: &Context<'c>,
    headers: Map<'_>,
    names: &Names<'_>,
) -> Result<Fields<'c>> {
    let mut list = FieldList::default();
    for (name, value) in headers.pairs()? {
        if names.position(name).is_some() && !list.push(name, value) {
            return Err(Status::BAD_ARGUMENT);
        }
    }
    list.fields(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_thirty_two() {
        let mut list = FieldList::default();
        assert!((0..32).all(|_| list.push(b"a", b"b")));
        assert!(!list.push(b"a", b"b"));
    }
}
