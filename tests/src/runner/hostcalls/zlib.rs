//! What the foreign functions `compress` and `uncompress` do.

use std::io::Read as _;

use flate2::Compression;
use flate2::bufread::{ZlibDecoder, ZlibEncoder};

use super::super::abi::Status;
use super::{Call, Fail};

/// How much is taken out at once.
const PART: u64 = 64 * 1024;

pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    let read = ZlibEncoder::new(bytes, Compression::default()).read_to_end(&mut compressed);
    read.expect("memory can be read");
    compressed
}

/// What follows the end is not looked at.
pub(super) fn uncompress(call: &mut Call<'_, '_>, bytes: &[u8]) -> Result<Vec<u8>, Fail> {
    let mut decoder = ZlibDecoder::new(bytes);
    let mut uncompressed = Vec::new();
    loop {
        let part = (&mut decoder).take(PART).read_to_end(&mut uncompressed);
        match part.map_err(|_| Status::SerializationFailure)? {
            0 => return Ok(uncompressed),
            read => call.charge(read as u64)?,
        }
    }
}
