//! Numbers of payment cards: 13 to 19 digits, with a space or a dash between groups, that pass Luhn's
//! check.
//!
//! A number stands for itself: no letter or digit is right beside it, and it is not what follows a
//! decimal point. It begins with 2 to 6, as those of all card networks do: most times in
//! milliseconds, which have 13 digits as well, begin with 1.

use super::matcher::Found;

/// The most digits.
const MOST: u32 = 19;
/// The fewest digits.
const FEWEST: u32 = 13;

/// Whether a number can begin after these two bytes; zero is none.
pub fn may_follow(before: [u8; 2]) -> bool {
    match before {
        [_, b'0'..=b'9'] => false,
        [digit, b'.'] => !digit.is_ascii_digit(),
        // `\n` in JSON and elsewhere.
        [escape, letter] if letter.is_ascii_alphabetic() => escape == b'\\',
        _ => true,
    }
}

/// The longest number that these bytes begin with, where one may begin. `end`: nothing follows.
pub fn find(bytes: &[u8], end: bool) -> Found {
    let mut number = Number::default();
    let mut longest = Found::No;
    let mut after_digit = false;
    for (at, byte) in bytes.iter().enumerate() {
        if byte.is_ascii_digit() {
            if number.count == MOST {
                return longest;
            }
            number.add(byte & 15);
            after_digit = true;
            continue;
        }
        if !after_digit {
            return longest;
        }
        if number.is_valid() && !byte.is_ascii_alphabetic() {
            longest = Found::Yes(at);
        }
        if !matches!(byte, b' ' | b'-') {
            return longest;
        }
        after_digit = false;
    }
    match (end, after_digit) {
        (true, true) if number.is_valid() => Found::Yes(bytes.len()),
        (true, _) => longest,
        (false, false) if number.count == MOST => longest,
        (false, _) => Found::Undecided,
    }
}

/// Masks all digits but the last `keep`. Separators stay.
pub fn mask(bytes: &mut [u8], mask: u8, keep: usize) {
    let digits = bytes.iter_mut().rev().filter(|byte| byte.is_ascii_digit());
    digits.skip(keep).for_each(|digit| *digit = mask);
}

/// Digits, as Luhn's check sees them: from the last one back, every second counts twice.
#[derive(Default)]
struct Number {
    count: u32,
    /// The sum if the last digit counts once, and if it counts twice. 19 digits stay below 200.
    once: u32,
    twice: u32,
}

impl Number {
    fn add(&mut self, digit: u8) {
        let digit = u32::from(digit);
        let double = if digit > 4 { 2 * digit - 9 } else { 2 * digit };
        (self.once, self.twice) = (self.twice + digit, self.once + double);
        self.count += 1;
    }

    fn is_valid(&self) -> bool {
        self.count >= FEWEST && self.once.is_multiple_of(10)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn numbers_for_tests_are_found() {
        for number in [
            "4222222222222",
            "30569309025904",
            "378282246310005",
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "3782 822463 10005",
            "6304000000000000000",
        ] {
            assert_eq!(find(number.as_bytes(), true), Found::Yes(number.len()), "{number}");
            let followed = std::format!("{number}, and more");
            assert_eq!(find(followed.as_bytes(), false), Found::Yes(number.len()), "{number}");
            assert_eq!(find(number.as_bytes(), false), Found::Undecided, "{number}");
        }
    }

    #[test]
    fn what_is_none_is_not() {
        for text in [
            "4111111111111112",
            "411111111111",
            "41111111111111111111",
            "4111111111111111x",
            "4111  1111 1111 1111",
            "4111--1111-1111-1111",
            "4111.1111.1111.1111",
        ] {
            assert_eq!(find(text.as_bytes(), true), Found::No, "{text}");
        }
    }

    #[test]
    fn a_group_too_many_is_not_part_of_it() {
        assert_eq!(find(b"4111 1111 1111 1111 2345", true), Found::Yes(19));
        assert_eq!(find(b"4111 1111 1111 1111 ", false), Found::Undecided);
        assert_eq!(find(b"6304000000000000000 ", false), Found::Yes(19));
    }

    #[test]
    fn where_it_may_begin() {
        let may: Vec<bool> = ["", " ", "\\n", "a", "4.", "a.", "1", "x-", "\u{e9}"]
            .iter()
            .map(|before| {
                let text: String = std::format!("\0\0{before}");
                let [.., a, b] = *text.as_bytes() else { unreachable!() };
                may_follow([a, b])
            })
            .collect();
        assert_eq!(may, [true, true, true, false, false, true, false, true, true]);
    }

    #[test]
    fn separators_and_the_last_digits_stay() {
        let mut number = *b"4111-1111 11111111";
        mask(&mut number, b'*', 4);
        assert_eq!(&number, b"****-**** ****1111");
        mask(&mut number, b'#', 0);
        assert_eq!(&number, b"****-**** ****####");
    }
}
