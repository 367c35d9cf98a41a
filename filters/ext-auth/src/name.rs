//! Names of headers.

use whit::Field;

/// Some names, in upper or lower case; the rest is empty.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a>([&'a [u8]; 16]);

impl Default for Names<'_> {
    fn default() -> Self {
        Self([b""; 16])
    }
}

impl<'a> Names<'a> {
    /// These names, or the first sixteen.
    pub fn some(some: &[&'a [u8]]) -> Self {
        let mut names = Self::default();
        names.0.iter_mut().zip(some).for_each(|(name, some)| *name = some);
        names
    }

    /// `false` if there is no room for another.
    pub fn push(&mut self, name: &'a [u8]) -> bool {
        let free = self.0.iter_mut().find(|name| name.is_empty());
        free.map(|free| *free = name).is_some()
    }

    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().copied().take_while(|name| !name.is_empty())
    }

    /// Which of them this name is.
    pub fn position(&self, name: &[u8]) -> Option<usize> {
        self.iter().position(|found| found.eq_ignore_ascii_case(name))
    }
}

/// A header that can be copied from one message to another: a token of RFC 9110, and none that says how a
/// message is framed, where it goes or what becomes of its connection.
pub fn can_be_copied(name: &[u8]) -> bool {
    name.len() <= 128 && Field::name(name).is_ok() && OWN.position(name).is_none()
}

const OWN: Names<'static> = Names([
    b"connection",
    b"content-length",
    b"expect",
    b"host",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"http2-settings",
    b"",
    b"",
    b"",
    b"",
    b"",
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_frames_a_message_is_not_copied() {
        for name in ["authorization", "X-Api-Key", "cookie", "x_y"] {
            assert!(can_be_copied(name.as_bytes()), "{name}");
        }
        for name in
            ["", ":path", "Content-Length", "HOST", "a b", "a\r\nb", "ü", "transfer-encoding"]
        {
            assert!(!can_be_copied(name.as_bytes()), "{name}");
        }
        assert!(!can_be_copied(&[b'a'; 129]));
    }

    #[test]
    fn there_is_room_for_sixteen() {
        let mut names = Names::some(&[b"A"]);
        assert!((1..16).all(|_| names.push(b"b")));
        assert!(!names.push(b"c"));
        assert_eq!(
            (names.position(b"a"), names.position(b"B"), names.position(b"c")),
            (Some(0), Some(1), None)
        );
        assert!(Names::default().is_empty() && !names.is_empty());
    }
}
