//! A body on its way: what of it waits, and where.

use whit::Context;
use whit::prelude::*;

use super::email;
use super::matcher::{Fed, Matcher, Patterns};

/// How many bytes the host keeps of a message that announces trailers.
const MOST_HELD: usize = 16 * 1024;

/// Bytes are not where they were.
const LOST: Status = Status::INTERNAL_FAILURE;

/// A body that is read.
///
/// The bytes that are decided go on at once. The others wait here, and begin the next chunk. But they
/// cannot be sent when trailers follow the last chunk: a plugin adds nothing to a body that went on. So of a
/// message that announces trailers the host keeps the whole chunk, as long as that is small, and a
/// plugin may change what it keeps when trailers come.
pub struct Body {
    matcher: Matcher,
    /// The last bytes, which are undecided, and how many there are.
    waits: [u8; email::LONGEST],
    waiting: usize,
    announces_trailers: bool,
    /// Whether the host keeps the last chunk, and how many of its bytes are decided.
    held: Option<usize>,
}

impl Body {
    pub fn new(announces_trailers: bool) -> Self {
        Self {
            matcher: Matcher::default(),
            waits: [0; email::LONGEST],
            waiting: 0,
            announces_trailers,
            held: None,
        }
    }

    /// Masks a chunk, of `size` bytes, and says what becomes of it.
    pub fn chunk(
        &mut self,
        patterns: &Patterns,
        context: &Context<'_>,
        buffer: Buffer<'_>,
        (size, end): (usize, bool),
    ) -> Result<(Action, Fed)> {
        let waited = self.waits.get(..self.waiting).unwrap_or_default();
        let bytes = context.scratch(waited.len().saturating_add(size))?;
        let (waits, chunk) = bytes.split_at_mut_checked(waited.len()).ok_or(LOST)?;
        copy(waited, waits);
        if buffer.read_into(0, chunk)? != size {
            return Err(LOST);
        }
        let decided = self.held.take().unwrap_or_default();
        let (_, fresh) = bytes.split_at_mut_checked(decided).ok_or(LOST)?;
        let fed = self.matcher.feed(patterns, fresh, end);
        let decided = decided.saturating_add(fed.decided);
        let (goes_on, waits) = bytes.split_at_checked(decided).ok_or(LOST)?;
        let mut changes = fed.masked() || self.waiting != 0;
        if self.announces_trailers && !waits.is_empty() && bytes.len() <= MOST_HELD {
            if changes {
                buffer.replace(bytes)?;
            }
            (self.waiting, self.held) = (0, Some(decided));
            return Ok((Action::Pause, fed));
        }
        changes |= !waits.is_empty();
        if changes {
            buffer.replace(goes_on)?;
        }
        copy(waits, self.waits.get_mut(..waits.len()).ok_or(LOST)?);
        self.waiting = waits.len();
        Ok((Action::Continue, fed))
    }

    /// Trailers end the body: masks what the host keeps of it. `None`: bytes wait here that can no longer
    /// be sent.
    pub fn trailers(
        &mut self,
        patterns: &Patterns,
        context: &Context<'_>,
        buffer: Buffer<'_>,
    ) -> Result<Option<Fed>> {
        if self.held.is_some() {
            let size = buffer.size()?;
            let (_, fed) = self.chunk(patterns, context, buffer, (size, true))?;
            return Ok(Some(fed));
        }
        Ok((self.waiting == 0).then(Fed::default))
    }
}

/// Copies bytes to where there is room for them. (`copy_from_slice` panics where there is not.)
pub fn copy(from: &[u8], to: &mut [u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
