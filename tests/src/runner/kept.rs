//! How much plugins may leave with the host.

use super::trap::Stopped;

/// The most bytes that plugins of one process may leave in shared data, queues and names of metrics; as many again in
/// the log of one VM, in its errors and the calls that it waits for, and in the filter state of one stream. Envoy has no
/// such limit.
pub(crate) const MOST: u64 = 512 << 20;
/// What each thing takes beside its bytes, more or less.
const EACH: u64 = 128;

/// What is left, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kept(u64);

impl Kept {
    /// One thing more, of so many bytes.
    pub(crate) fn add(&mut self, bytes: usize) -> Result<(), Stopped> {
        let sum = self.0 + EACH + bytes as u64;
        if sum > MOST {
            return Err(Stopped::Full);
        }
        self.0 = sum;
        Ok(())
    }

    /// One thing in place of another, or none: that stays if there is no room.
    pub(crate) fn replace(&mut self, old: Option<usize>, new: usize) -> Result<(), Stopped> {
        let mut kept = *self;
        if let Some(old) = old {
            kept.remove(old);
        }
        kept.add(new)?;
        *self = kept;
        Ok(())
    }

    /// One thing less.
    pub(crate) fn remove(&mut self, bytes: usize) {
        self.0 -= EACH + bytes as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_much() {
        let mut kept = Kept::default();
        let half = (MOST / 2 - EACH) as usize;
        assert!(kept.add(half).is_ok() && kept.add(half).is_ok());
        assert!(kept.add(0).is_err());
        kept.remove(half);
        assert!(kept.add(half).is_ok());
    }

    #[test]
    fn what_does_not_fit_leaves_what_it_would_replace() {
        let mut kept = Kept::default();
        let half = (MOST / 2 - EACH) as usize;
        assert!(kept.replace(None, half).is_ok() && kept.add(half).is_ok());
        assert!(kept.replace(Some(half), half + 1).is_err() && kept.add(0).is_err());
        assert!(kept.replace(Some(half), half).is_ok());
    }
}
