//! What Envoy reads from a module's bytes themselves, before its VM sees them.

use crate::runner::abi::AbiVersion;

/// What is found there.
pub(super) struct Sections {
    pub(super) abi: Option<AbiVersion>,
    pub(super) has_names: bool,
}

pub(super) struct Corrupted;

impl Sections {
    /// Walks the sections as Envoy does, which looks into none but the exports and the names; under
    /// eight bytes it finds nothing and calls nothing corrupted.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Corrupted> {
        let mut sections = Self { abi: None, has_names: false };
        let Some((header, mut rest)) = bytes.split_first_chunk::<8>() else { return Ok(sections) };
        if !header.starts_with(b"\0asm") {
            return Err(Corrupted);
        }
        let mut exports_seen = false;
        while let Some((&id, after)) = rest.split_first() {
            rest = after;
            let size = leb(&mut rest)?;
            let mut section = take(&mut rest, size)?;
            match id {
                0 => {
                    let size = leb(&mut section)?;
                    sections.has_names |= take(&mut section, size)? == b"name";
                }
                7 if !exports_seen => {
                    exports_seen = true;
                    sections.abi = marker(section)?;
                }
                _ => {}
            }
        }
        Ok(sections)
    }
}

/// The first export of a function that is an ABI marker.
fn marker(mut exports: &[u8]) -> Result<Option<AbiVersion>, Corrupted> {
    for _ in 0..leb(&mut exports)? {
        let size = leb(&mut exports)?;
        let name = take(&mut exports, size)?;
        let kind = take(&mut exports, 1)?;
        leb(&mut exports)?;
        let marks = |abi: &AbiVersion| abi.marker().as_bytes() == name;
        if kind == [0]
            && let Some(abi) = AbiVersion::ALL.into_iter().find(marks)
        {
            return Ok(Some(abi));
        }
    }
    Ok(None)
}

fn take<'a>(bytes: &mut &'a [u8], size: usize) -> Result<&'a [u8], Corrupted> {
    let (taken, rest) = bytes.split_at_checked(size).ok_or(Corrupted)?;
    *bytes = rest;
    Ok(taken)
}

/// An unsigned LEB128 of at most 32 bits.
fn leb(bytes: &mut &[u8]) -> Result<usize, Corrupted> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(value).map(|value| value as usize).map_err(|_| Corrupted);
        }
    }
    Err(Corrupted)
}
