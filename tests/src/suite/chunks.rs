//! How a test's bodies are cut.

use super::text::{Once, Placed, Remark};

/// How bodies are cut.
#[derive(Debug)]
pub(super) enum Chunks {
    One,
    /// Into so many.
    Count(Placed<usize>),
    /// Into those of this size.
    Size(usize),
}

impl Chunks {
    pub(super) fn of(count: &Once<i32>, size: &Once<i64>) -> Result<Self, Remark> {
        let positive = |place, number: i64| {
            let wrong = || Remark::new(place, format!("expected a number from 1, found {number}"));
            usize::try_from(number).ok().filter(|number| *number > 0).ok_or_else(wrong)
        };
        match (count, size) {
            (None, None) => Ok(Self::One),
            (Some(Placed { place, value }), None) => {
                let value = positive(*place, i64::from(*value))?;
                Ok(Self::Count(Placed { place: *place, value }))
            }
            (None, Some(size)) => Ok(Self::Size(positive(size.place, size.value)?)),
            (Some(count), Some(size)) => {
                let what = "expected one of num_chunks, chunk_size, found a second one";
                Err(Remark::new(count.place.max(size.place), what))
            }
        }
    }

    /// The chunks of a body.
    pub(super) fn cut(&self, body: Vec<u8>) -> Result<Vec<Vec<u8>>, Remark> {
        let size = match self {
            Self::One => return Ok(vec![body]),
            Self::Size(size) => *size,
            Self::Count(count) if count.value > body.len() => {
                let what = format!(
                    "expected at most as many chunks as the body has bytes, {}, found {}",
                    body.len(),
                    count.value
                );
                return Err(Remark::new(count.place, what));
            }
            Self::Count(count) => body.len() / count.value,
        };
        let mut chunks: Vec<Vec<u8>> = body.chunks(size).map(<[u8]>::to_vec).collect();
        if let Self::Count(count) = self {
            // The last one has the rest.
            let rest = chunks.split_off(count.value).concat();
            chunks[count.value - 1].extend(rest);
        }
        if chunks.is_empty() {
            chunks.push(body);
        }
        Ok(chunks)
    }
}
