//! Where two long texts differ.

/// How many bytes of what is the same in both are shown on either side, and how many are of what differs.
const AROUND: usize = 80;
const MOST: usize = 1000;

/// Two texts without the most of what both begin and end with, and none of them too long to be read.
pub(super) fn apart(one: &str, another: &str) -> (String, String) {
    let same = |one: &mut dyn Iterator<Item = u8>, another: &mut dyn Iterator<Item = u8>| {
        one.zip(another).take_while(|(one, another)| one == another).count()
    };
    let begin = same(&mut one.bytes(), &mut another.bytes());
    let most = one.len().min(another.len()) - begin;
    let end = same(&mut one.bytes().rev(), &mut another.bytes().rev()).min(most);
    let cut = |text: &str| {
        let from = text.floor_char_boundary(begin.saturating_sub(AROUND));
        let to = text.ceil_char_boundary((text.len() - end).saturating_add(AROUND).min(text.len()));
        let middle = &text[from..to];
        let shown = &middle[..middle.floor_char_boundary(MOST)];
        let dots = |left_out| if left_out { "…" } else { "" };
        format!("{}{shown}{}", dots(from > 0), dots(from + shown.len() < text.len()))
    };
    (cut(one), cut(another))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_is_shown_as_it_is() {
        assert_eq!(apart("ab", "ac"), ("ab".to_owned(), "ac".to_owned()));
        assert_eq!(apart("", "é"), (String::new(), "é".to_owned()));
        assert_eq!(apart("aa", "a"), ("aa".to_owned(), "a".to_owned()));
    }

    #[test]
    fn of_what_is_long_the_difference_is_shown() {
        let long = "é".repeat(30_000);
        let (one, another) = apart(&format!("{long}1{long}"), &format!("{long}2{long}"));
        let around = "é".repeat(AROUND / 2);
        assert_eq!(one, format!("…{around}1{around}…"));
        assert_eq!(another, format!("…{around}2{around}…"));
        let (nothing, all) = apart("", &long);
        assert_eq!((nothing.as_str(), all), ("", format!("{}…", "é".repeat(MOST / 2))));
    }
}
