//! Headers on their way from one message to another.

use whit::{Context, Map, Result, Status};

use crate::name::Names;

/// Names and values, of which there is room for a few.
#[derive(Debug)]
pub struct FieldList<'a> {
    fields: [Field<'a>; 32],
    count: usize,
}

type Field<'a> = (&'a [u8], &'a [u8]);

impl Default for FieldList<'_> {
    fn default() -> Self {
        Self { fields: [(b"", b""); 32], count: 0 }
    }
}

impl<'a> FieldList<'a> {
    /// The headers of these names.
    ///
    /// # Errors
    /// The host's; [`Status::BAD_ARGUMENT`] if there is no room for all.
    pub fn chosen(headers: Map<'a>, names: &Names<'_>) -> Result<Self> {
        let mut list = Self::default();
        for (name, value) in headers.pairs()? {
            if names.position(name).is_some() && !list.push(name, value) {
                return Err(Status::BAD_ARGUMENT);
            }
        }
        Ok(list)
    }

    /// `false` if there is no room.
    pub fn push(&mut self, name: &'a [u8], value: &'a [u8]) -> bool {
        let Some(free) = self.fields.get_mut(self.count) else { return false };
        *free = (name, value);
        self.count += 1;
        true
    }

    pub fn as_slice(&self) -> &[Field<'a>] {
        self.fields.get(..self.count).unwrap_or_default()
    }

    /// All of them in a row, each name and value after its size, so that no two lists are the same row.
    pub fn packed<'c>(&self, context: &Context<'c>) -> Result<&'c [u8]> {
        let mut size = 0;
        for (name, value) in self.as_slice() {
            size += SIZE + name.len() + SIZE + value.len();
        }
        let memory = context.scratch(size)?;
        self.pack(memory);
        Ok(memory)
    }

    fn pack(&self, mut memory: &mut [u8]) {
        for (name, value) in self.as_slice() {
            for part in [name, value] {
                memory = put(memory, &(part.len() as u32).to_le_bytes());
                memory = put(memory, part);
            }
        }
    }

    /// What was packed; it ends where that is cut off.
    pub fn unpacked(mut row: &'a [u8]) -> Self {
        let mut list = Self::default();
        while let (Some(name), Some(value)) = (part(&mut row), part(&mut row)) {
            if !list.push(name, value) {
                break;
            }
        }
        list
    }
}

/// Bytes of a size.
const SIZE: usize = 4;

/// Begins memory with these bytes, and returns what is left of it. Where they do not fit, nothing is.
#[inline(never)]
pub fn put<'m>(memory: &'m mut [u8], bytes: &[u8]) -> &'m mut [u8] {
    let Some((to, rest)) = memory.split_at_mut_checked(bytes.len()) else { return &mut [] };
    to.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    rest
}

fn part<'a>(row: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (size, rest) = row.split_first_chunk::<SIZE>()?;
    let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*size) as usize)?;
    *row = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec;
    use std::vec::Vec;

    use super::*;

    fn row(parts: &[&str]) -> Vec<u8> {
        let mut list = FieldList::default();
        for [name, value] in parts.as_chunks().0 {
            assert!(list.push(name.as_bytes(), value.as_bytes()));
        }
        let mut row = vec![0; parts.iter().map(|part| part.len() + SIZE).sum()];
        list.pack(&mut row);
        row
    }

    #[test]
    fn what_is_packed_can_be_unpacked() {
        for parts in [&[][..], &["a", "b"], &["", "", "x", "1"]] {
            let row = row(parts);
            let list = FieldList::unpacked(&row);
            let unpacked: Vec<_> = list.as_slice().iter().flat_map(|(a, b)| [*a, *b]).collect();
            assert_eq!(unpacked, parts.iter().map(|part| part.as_bytes()).collect::<Vec<_>>());
        }
        let cut = row(&["a", "b", "c", "d"]);
        assert_eq!(FieldList::unpacked(&cut[..cut.len() - 1]).as_slice(), [(&b"a"[..], &b"b"[..])]);
    }

    #[test]
    fn no_two_lists_are_the_same_row() {
        let rows = [
            row(&[]),
            row(&["a", "b"]),
            row(&["a", "bc"]),
            row(&["ab", "c"]),
            row(&["a", "b", "", "c"]),
            row(&["a", "b", "c", ""]),
        ];
        for (n, one) in rows.iter().enumerate() {
            assert_eq!(rows.iter().position(|row| row == one), Some(n));
        }
    }

    #[test]
    fn there_is_room_for_thirty_two() {
        let mut list = FieldList::default();
        assert!((0..32).all(|_| list.push(b"a", b"b")));
        assert!(!list.push(b"a", b"b"));
        assert_eq!(list.as_slice().len(), 32);
    }
}
