//! A token bucket, in whole numbers.
//!
//! A token is 86,400,000,000 units: so many that a limit of one request a day gains one unit in a
//! microsecond, and every other limit a whole number of them. Nothing is ever rounded.

use core::num::NonZeroU64;

/// Units in a token: microseconds in a day.
const TOKEN: u64 = 86_400_000_000;
/// The largest number of requests and the largest burst. A full bucket has 8.64e16 units at most, a two
/// hundredth of what a `u64` holds.
pub const MOST: u32 = 1_000_000;
/// A clock that is behind by more was set back; by less, another thread was faster. In microseconds.
const TOLERANCE: u64 = 1_000_000;

/// How many requests in which time.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What a bucket gains in a microsecond, in units: at most 8.64e10.
    gain: NonZeroU64,
    /// What it holds at most, in units.
    capacity: u64,
}

/// What is in a bucket, and since when. Kept in shared data, so it means the same under every limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// In units.
    level: u64,
    /// In microseconds since 1970.
    at: u64,
}

/// What a client may know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// How many requests a full bucket lets pass at once.
    pub limit: u32,
    /// In how many seconds an empty one is full.
    pub window: u32,
    /// How many it still lets pass.
    pub remaining: u32,
    /// In how many seconds it lets one more pass.
    pub next: u32,
    /// In how many seconds it is full.
    pub full: u32,
}

impl Default for Limit {
    fn default() -> Self {
        Self::new(1, 1, 1)
    }
}

impl Limit {
    /// So many requests, 1 to [`MOST`], in so many seconds, which divide a day; and so many at once.
    pub fn new(requests: u32, seconds: u32, burst: u32) -> Self {
        let gain = u64::from(requests) * u64::from(86_400 / seconds.max(1));
        Self {
            gain: NonZeroU64::new(gain).unwrap_or(NonZeroU64::MIN),
            capacity: u64::from(burst) * TOKEN,
        }
    }

    /// What a client is told of a bucket.
    pub fn quota(&self, bucket: Bucket) -> Quota {
        Quota {
            limit: (self.capacity / TOKEN) as u32,
            window: self.seconds(self.capacity),
            remaining: (bucket.level / TOKEN) as u32,
            next: self.seconds(TOKEN - bucket.level % TOKEN),
            full: self.seconds(self.capacity.saturating_sub(bucket.level)),
        }
    }

    /// In how many seconds, rounded up, a bucket gains so many units.
    fn seconds(&self, units: u64) -> u32 {
        let microseconds = (units + (self.gain.get() - 1)) / self.gain;
        u32::try_from(microseconds.div_ceil(1_000_000)).unwrap_or(u32::MAX)
    }
}

impl Bucket {
    /// A full one, whatever the limit is and however late it is used first.
    pub const FULL: Self = Self { level: u64::MAX, at: 0 };

    /// The bucket as it is at a time, in microseconds since 1970.
    pub fn at(self, now: u64, limit: &Limit) -> Self {
        let level = self.level.min(limit.capacity);
        match now.checked_sub(self.at) {
            Some(elapsed) => {
                // Longer than it takes to fill it makes no difference, and could overflow.
                let gained = elapsed.min(limit.capacity / limit.gain + 1) * limit.gain.get();
                Self { level: (level + gained).min(limit.capacity), at: now }
            }
            // What it gained until then, it has; time that has passed already gains nothing again.
            None if self.at - now <= TOLERANCE => Self { level, at: self.at },
            // With a token at least: only who takes one stores the new time.
            None => Self { level: level.max(TOKEN), at: now },
        }
    }

    /// Without one token; `None` if there is none.
    pub fn take(self) -> Option<Self> {
        Some(Self { level: self.level.checked_sub(TOKEN)?, ..self })
    }

    /// From shared data; `None` if it is no bucket.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let ([level, at], []) = bytes.as_chunks() else { return None };
        Some(Self { level: u64::from_le_bytes(*level), at: u64::from_le_bytes(*at) })
    }

    /// For shared data.
    pub fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (level, at) = bytes.split_at_mut(8);
        level.copy_from_slice(&self.level.to_le_bytes());
        at.copy_from_slice(&self.at.to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;
    const DAY: u64 = 86_400 * SECOND;
    /// 2026-01-01.
    const NOW: u64 = 1_767_225_600 * SECOND;

    /// How many requests pass at a time, and what is left.
    fn drain(mut bucket: Bucket, now: u64, limit: &Limit) -> (u64, Bucket) {
        let mut passed = 0;
        bucket = bucket.at(now, limit);
        while let Some(next) = bucket.take() {
            (bucket, passed) = (next, passed + 1);
        }
        (passed, bucket)
    }

    #[test]
    fn a_full_bucket_lets_its_burst_pass_and_then_the_rate() {
        for (requests, seconds, burst) in [
            (1, 86_400, 1),
            (1, 86_400, MOST),
            (3, 1, 7),
            (7, 60, 10),
            (MOST, 1, 5),
            (MOST, 1, MOST),
        ] {
            let limit = Limit::new(requests, seconds, burst);
            let (passed, bucket) = drain(Bucket::FULL, NOW, &limit);
            assert_eq!(passed, u64::from(burst));
            // Exactly when the next token is there, and not a microsecond before.
            let next = (u64::from(seconds) * SECOND).div_ceil(requests.into());
            assert_eq!(drain(bucket, NOW + next - 1, &limit).0, 0);
            assert_eq!(drain(bucket, NOW + next, &limit).0, 1);
            assert_eq!(u64::from(limit.quota(bucket).next), next.div_ceil(SECOND));
            // However long it takes, it is never more than full.
            assert_eq!(drain(bucket, u64::MAX, &limit).0, u64::from(burst));
        }
    }

    #[test]
    fn nothing_is_lost_to_rounding() {
        // 700,000 a second are no whole number of microseconds apart.
        let limit = Limit::new(700_000, 1, 10);
        let (_, mut bucket) = drain(Bucket::FULL, NOW, &limit);
        let mut total = 0;
        for microsecond in 1..=SECOND {
            let (passed, next) = drain(bucket, NOW + microsecond, &limit);
            (bucket, total) = (next, total + passed);
        }
        assert_eq!(total, 700_000);
    }

    #[test]
    fn a_clock_that_goes_backwards_makes_no_tokens() {
        let limit = Limit::new(1, 1, 2);
        let (_, empty) = drain(Bucket::FULL, NOW, &limit);
        // Two threads whose clocks differ a little: only what passes after the later one counts.
        assert_eq!(empty.at(NOW - SECOND / 2, &limit), empty);
        assert_eq!(drain(empty.at(NOW - SECOND / 2, &limit), NOW + SECOND - 1, &limit).0, 0);
        // Set back by a day: it does not stay empty for a day. What is not taken is not stored.
        let set_back = empty.at(NOW - DAY, &limit).take().expect("one, so that the time is stored");
        assert_eq!(set_back.at(NOW - DAY, &limit).take(), None);
        assert_eq!(drain(set_back, NOW - DAY + SECOND, &limit).0, 1);
    }

    #[test]
    fn another_limit_takes_a_bucket_over() {
        let (_, empty) = drain(Bucket::FULL, NOW, &Limit::new(10, 1, 10));
        let slow = Limit::new(1, 86_400, 3);
        assert_eq!(drain(empty, NOW + DAY, &slow).0, 1);
        let large = Bucket::FULL.at(NOW, &Limit::new(1, 1, MOST));
        assert_eq!(drain(large, NOW, &slow).0, 3);
    }

    #[test]
    fn a_client_is_told_what_it_may_do() {
        let limit = Limit::new(2, 60, 4);
        let bucket = Bucket::FULL.at(NOW, &limit);
        let quota = |bucket| {
            let Quota { limit, window, remaining, next, full } = limit.quota(bucket);
            assert_eq!((limit, window), (4, 120));
            (remaining, next, full)
        };
        let taken = bucket.take().and_then(Bucket::take).expect("tokens");
        assert_eq!(quota(taken), (2, 30, 60));
        assert_eq!(quota(taken.at(NOW + 29 * SECOND + 1, &limit)), (2, 1, 31));
        let (_, empty) = drain(bucket, NOW, &limit);
        assert_eq!(quota(empty), (0, 30, 120));
        assert_eq!(quota(empty.at(NOW + SECOND, &limit)), (0, 29, 119));
        // A window is of whole seconds.
        let fast = Limit::new(1000, 1, 10);
        assert_eq!(fast.quota(Bucket::FULL.at(NOW, &fast)).window, 1);
    }

    #[test]
    fn a_bucket_is_kept_in_sixteen_bytes() {
        let bucket = Bucket { level: 1, at: NOW };
        assert_eq!(Bucket::read(&bucket.bytes()), Some(bucket));
        for wrong in [&b""[..], &[0; 8], &[0; 15], &[0; 17], &[0; 24]] {
            assert_eq!(Bucket::read(wrong), None);
        }
    }
}
