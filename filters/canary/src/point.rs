//! Where users stand: at one of ten thousand points, of which each variant has a range.

/// From 0 on, and below [`POINTS`].
pub type Point = u16;

/// A hundredth of a percent each.
pub const POINTS: Point = 10_000;

/// Where a key stands in an experiment; in another one it stands elsewhere.
pub fn of(experiment: &[u8], key: &[u8]) -> Point {
    // Names of experiments hold no NUL, so that no two of these are the same bytes.
    let hash = fnv(fnv(fnv(0x811c_9dc5, experiment), b"\0"), key);
    scaled(mixed(hash))
}

/// The point that a random number means.
pub fn scaled(number: u32) -> Point {
    (u64::from(number).wrapping_mul(POINTS.into()) >> 32) as Point
}

/// A point in decimal.
pub fn parse(text: &[u8]) -> Option<Point> {
    let point = text.iter().try_fold(0_u16, |point, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        point.checked_mul(10)?.checked_add(digit as u16)
    })?;
    (point < POINTS && !text.is_empty()).then_some(point)
}

/// FNV-1a.
#[inline(never)]
fn fnv(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// What MurmurHash3 ends with: every bit of the hash changes every other one, of which FNV changes the high
/// ones too little.
fn mixed(mut hash: u32) -> u32 {
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;
    use std::string::String;

    use super::*;

    const USERS: u32 = 100_000;

    /// How far counts are from being equal: the chi-square of as many classes.
    fn chi_square(counts: &[u32]) -> f64 {
        let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
        counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
    }

    /// The kinds of keys that there are.
    fn keys() -> [fn(u32) -> String; 5] {
        [
            |n| format!("{n}"),
            |n| format!("user-{n:08}"),
            |n| format!("{n}@example.com"),
            |n| format!("{n:08x}-0000-4000-8000-000000000000"),
            |n| "x".repeat(n as usize % 50) + &format!("{n:x}"),
        ]
    }

    #[test]
    fn users_are_spread_evenly() {
        // Of 99 degrees of freedom; one in a hundred thousand is larger than 170.
        for key in keys() {
            for experiment in ["a", "b", "checkout", "checkout-2"] {
                let mut counts = [0; 100];
                for n in 0..USERS {
                    let point = of(experiment.as_bytes(), key(n).as_bytes());
                    counts[usize::from(point / 100)] += 1;
                }
                let found = chi_square(&counts);
                assert!((40.0..170.0).contains(&found), "{experiment} {}: {found}", key(1));
            }
        }
    }

    #[test]
    fn experiments_are_independent() {
        // Who stands where in one stands anywhere in another.
        for key in keys() {
            for (one, another) in [("a", "b"), ("a", "aa"), ("test-1", "test-2"), ("x", "q")] {
                let mut counts = [0; 100];
                for n in 0..USERS {
                    let key = key(n);
                    let row = of(one.as_bytes(), key.as_bytes()) / 1000;
                    let column = of(another.as_bytes(), key.as_bytes()) / 1000;
                    counts[usize::from(row * 10 + column)] += 1;
                }
                let found = chi_square(&counts);
                assert!((40.0..170.0).contains(&found), "{one} {another} {}: {found}", key(1));
            }
        }
    }

    #[test]
    fn a_point_is_the_same_for_ever() {
        // A change of these moves users.
        let points = ["", "a", "user-1", "\u{e9}"].map(|key| of(b"checkout", key.as_bytes()));
        assert_eq!(points, [5863, 5782, 4295, 1239]);
    }

    #[test]
    fn random_numbers_give_all_points() {
        assert_eq!(scaled(0), 0);
        assert_eq!(scaled(u32::MAX), POINTS - 1);
        assert_eq!(scaled(1 << 31), POINTS / 2);
    }

    #[test]
    fn a_point_is_read_if_it_is_one() {
        for (text, point) in [("0", 0), ("7", 7), ("0042", 42), ("9999", 9999)] {
            assert_eq!(parse(text.as_bytes()), Some(point), "{text}");
        }
        for text in
            ["", "10000", "65536", "99999999999999999999", "-1", "+1", "1.5", " 1", "a", "\u{e9}"]
        {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
