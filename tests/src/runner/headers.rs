//! HTTP fields, as Envoy holds them.

/// HTTP fields in order. Names are in lower case; a name may stand several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Vec<u8>, Vec<u8>)>);

impl Headers {
    /// No fields.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of `name`; the first one, if there are several.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// Every value of `name`.
    pub fn all(&self, name: impl AsRef<[u8]>) -> impl Iterator<Item = &[u8]> {
        let name = name.as_ref().to_ascii_lowercase();
        self.iter().filter(move |(found, _)| *found == name).map(|(_, value)| value)
    }

    /// All fields.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + Clone {
        self.0.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a field, beside others of its name.
    pub fn add(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.0.push((name.as_ref().to_ascii_lowercase(), value.as_ref().to_owned()));
    }

    /// Adds all fields of another map.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// Adds a field as Envoy does: to one of these names, after a comma.
    pub(crate) fn append(&mut self, known: &[&str], name: &[u8], value: &[u8]) {
        let name = name.to_ascii_lowercase();
        let one = known.iter().any(|known| known.as_bytes() == name);
        match self.0.iter_mut().find(|(found, _)| one && *found == name) {
            Some((_, there)) => {
                there.push(b',');
                there.extend(value);
            }
            None => self.add(name, value),
        }
    }

    /// Puts one field in place of all of this name, at the end.
    pub fn replace(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.remove(name.as_ref());
        self.add(name, value);
    }

    /// Removes every field of this name.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) {
        let name = name.as_ref().to_ascii_lowercase();
        self.0.retain(|(found, _)| *found != name);
    }

    /// What `proxy_get_header_map_size` gives in Envoy: bytes, not a count.
    pub(crate) fn byte_size(&self) -> usize {
        self.iter().map(|(name, value)| name.len() + value.len()).sum()
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in pairs {
            headers.add(name, value);
        }
        headers
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>, const LEN: usize> From<[(N, V); LEN]> for Headers {
    fn from(pairs: [(N, V); LEN]) -> Self {
        pairs.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_may_repeat() {
        let mut headers = Headers::from([("A", "1"), ("b", "2"), ("a", "3")]);
        assert_eq!(headers.get("a"), Some(&b"1"[..]));
        assert_eq!(headers.all("A").collect::<Vec<_>>(), [b"1", b"3"]);

        headers.replace("a", "4");
        assert_eq!(headers, Headers::from([("b", "2"), ("a", "4")]));
        headers.replace("c", "5");
        headers.remove("B");
        assert_eq!(headers, Headers::from([("a", "4"), ("c", "5")]));
    }
}
