//! Clocks.

use core::time::Duration;

use crate::arena::Writer;
use crate::hostcall;
use crate::log::{Piece, Sealed, padded, pieces};
use crate::status::Result;

/// A time of the host's real-time clock: nanoseconds since 1970-01-01 00:00:00 UTC.
///
/// As a piece of a text it is `2026-11-23 06:31:32 UTC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Now, or about now: a host may give the same time during a whole callback.
    ///
    /// # Errors
    /// [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): the host restricts this
    /// capability.
    ///
    /// ```
    /// # fn now() -> whit::Result<()> {
    /// let now = whit::time::Timestamp::now()?;
    /// whit::info!("It is ", now);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Spec: "Clocks", `proxy_get_current_time_nanoseconds`.
    #[doc(alias = "proxy_get_current_time_nanoseconds")]
    #[inline]
    pub fn now() -> Result<Self> {
        hostcall::get_current_time_nanoseconds().map(Self)
    }

    /// A time from nanoseconds since 1970.
    #[inline(always)]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970.
    #[inline(always)]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970.
    ///
    /// ```
    /// use whit::time::Timestamp;
    /// let time = Timestamp::from_nanos(1_500_000_000);
    /// assert_eq!((time.as_secs(), time.as_nanos()), (1, 1_500_000_000));
    /// ```
    #[inline(always)]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// How long after `earlier` it is; zero if it is not.
    ///
    /// ```
    /// use core::time::Duration;
    /// use whit::time::Timestamp;
    /// let (begin, end) = (Timestamp::from_nanos(5), Timestamp::from_nanos(7));
    /// assert_eq!(end.since(begin), Duration::from_nanos(2));
    /// assert_eq!(begin.since(end), Duration::ZERO);
    /// ```
    #[inline(always)]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// The host's monotonic clock, which only ever goes on: how long since some time in the past.
///
/// # Errors
/// - [`Status::UNIMPLEMENTED`](crate::Status::UNIMPLEMENTED): the host has no such clock.
/// - [`Status::INTERNAL_FAILURE`](crate::Status::INTERNAL_FAILURE): the host restricts this capability.
///
/// ```
/// # fn example() -> whit::Result<()> {
/// let begin = whit::time::monotonic()?;
/// let took = whit::time::monotonic()?.saturating_sub(begin);
/// whit::info!("took ", took.as_micros() as u64, " µs");
/// # Ok(())
/// # }
/// ```
///
/// Spec: "Clocks", `clock_time_get`.
#[doc(alias = "clock_time_get")]
#[inline]
pub fn monotonic() -> Result<Duration> {
    const MONOTONIC: u32 = 1;
    hostcall::clock_time_get(MONOTONIC).map(Duration::from_nanos)
}

pieces! {
    [] Timestamp: |time| 23, |to| date_and_time(to, *time);
}

/// A time as a piece of a text in RFC 3339, with milliseconds: `2026-11-23T06:31:32.007Z`.
///
/// ```
/// # fn now() -> whit::Result<()> {
/// use whit::time::{Rfc3339, Timestamp};
/// whit::info!("at ", Rfc3339(Timestamp::now()?));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc3339(pub Timestamp);

pieces! {
    [] Rfc3339: |time| 24, |to| {
        let Self(time) = time;
        let to = date_then_time(to, time.as_secs(), b'T').byte(b'.');
        let milliseconds = (time.as_nanos() / 1_000_000 % 1000) as u32;
        let to = if milliseconds < 100 { to.byte(b'0') } else { to };
        padded(to, milliseconds).byte(b'Z')
    };
}

/// At most 23 bytes: u64 of nanoseconds ends in the year 2554.
///
/// (A function by itself: where it stands, the compiler would divide before it knows whether there is a time.)
#[inline(never)]
fn date_and_time(to: Writer, time: Timestamp) -> Writer {
    date_then_time(to, time.as_secs(), b' ').put(b" UTC")
}

#[inline]
fn date_then_time(to: Writer, seconds: u64, between: u8) -> Writer {
    let second = (seconds % 86_400) as u32;
    let (year, month, day) = date((seconds / 86_400) as u32);
    let to = part(part(padded(to, year), b'-', month), b'-', day);
    let to = part(part(to, between, second / 3600), b':', second / 60 % 60);
    part(to, b':', second % 60)
}

/// Year, month and day of a day since 1970-01-01 in the Gregorian calendar, as in Neri and Schneider,
/// "Euclidean affine functions and their application to calendar algorithms": years begin in March, so
/// that a leap day is a year's last. A [`Timestamp`] has 213,504 days at most: nothing overflows.
#[allow(clippy::arithmetic_side_effects)]
#[inline(always)]
const fn date(days: u32) -> (u32, u32, u32) {
    /// Quarters of days from 0000-03-01 to 1970-01-01, and three.
    const EPOCH: u32 = 4 * 719_468 + 3;
    const DAYS_OF_400_YEARS: u32 = 146_097;
    const DAYS_OF_4_YEARS: u32 = 1_461;
    let quarters = 4 * days + EPOCH;
    let century = quarters / DAYS_OF_400_YEARS;
    let quarters = (quarters % DAYS_OF_400_YEARS) | 3;
    let year = 100 * century + quarters / DAYS_OF_4_YEARS;
    // Months as 16 bits of fraction: 2141 / 65536 is close enough to 5 / 153.
    let months = quarters % DAYS_OF_4_YEARS / 4 * 2141 + 132_377;
    // From 0; 12 and 13 are those of the next year.
    let month = months >> 16;
    (year + month / 12, month % 12 + 1, (months & 0xffff) / 2141 + 1)
}

/// A number with two digits at least, after a sign.
#[inline(never)]
fn part(to: Writer, before: u8, number: u32) -> Writer {
    padded(to.byte(before), number)
}

/// In milliseconds, as the host takes them: at most as many as fit; of less than one, one, for 0 means something
/// else.
#[inline(always)]
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    let seconds = duration.as_secs().saturating_mul(1000);
    match u32::try_from(seconds.saturating_add(duration.subsec_millis().into())) {
        Ok(0) => u32::from(!duration.is_zero()),
        Ok(milliseconds) => milliseconds,
        Err(_) => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::double;

    #[test]
    fn a_time_is_a_date_and_a_time_of_day() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_078_012_800, "2004-02-29 00:00:00 UTC"),
            (1_795_415_492, "2026-11-23 06:31:32 UTC"),
            (4_107_542_399, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (1_785_542_400, "2026-08-01 00:00:00 UTC"),
            (1_798_761_599, "2026-12-31 23:59:59 UTC"),
            (18_446_744_073, "2554-07-21 23:34:33 UTC"),
        ] {
            crate::log!(crate::Level::Info, Timestamp::from_nanos(seconds * 1_000_000_000));
            assert_eq!(double::take_log()[0].1, text.as_bytes());
        }
    }

    #[test]
    fn clocks_are_the_hosts() {
        double::set_time(7);
        assert_eq!(Timestamp::now(), Ok(Timestamp::from_nanos(7)));
        assert_eq!(monotonic(), Ok(Duration::from_nanos(7)));
        assert_eq!(Timestamp(9).since(Timestamp(7)), Duration::from_nanos(2));
        assert_eq!(Timestamp(7).since(Timestamp(9)), Duration::ZERO);
    }
}
