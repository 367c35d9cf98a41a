//! HTTP fields, as Envoy holds them.

/// HTTP fields in order. Names are in lower case; a name may stand several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// Sorted by name, each once and spelled as it came first: what is added joins what is there.
    joined: bool,
}

impl Headers {
    /// No fields.
    pub const fn new() -> Self {
        Self { fields: Vec::new(), joined: false }
    }

    /// No fields, in a map that Google's plugin tester would keep.
    pub(crate) const fn joined() -> Self {
        Self { fields: Vec::new(), joined: true }
    }

    /// The value of `name`; the first one, if there are several.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// Every value of `name`.
    pub fn all(&self, name: impl AsRef<[u8]>) -> impl Iterator<Item = &[u8]> {
        let name = name.as_ref().to_owned();
        self.iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(&name))
            .map(|(_, value)| value)
    }

    /// All fields.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + Clone {
        self.fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Adds a field, beside others of its name: at the end, or if its name begins with a colon, after the
    /// others of that kind, which come first.
    pub fn add(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.append(&[], name.as_ref(), value.as_ref());
    }

    /// Adds all fields of another map.
    pub fn extend(&mut self, other: &Self) {
        self.fields.extend(other.fields.iter().cloned());
    }

    /// Adds a field as Envoy does: to one of these names, after a comma.
    pub(crate) fn append(&mut self, known: &[&str], name: &[u8], value: &[u8]) {
        let one =
            self.joined || known.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name));
        match one.then(|| self.first(name)).flatten() {
            Some(place) => {
                let joined = self.joined;
                let there = &mut self.fields[place].1;
                match joined {
                    _ if there.is_empty() => {}
                    true => there.extend(b", "),
                    false if value.is_empty() => {}
                    false => there.push(b','),
                }
                there.extend(value);
            }
            None => self.insert(name, value),
        }
    }

    /// As Envoy keeps what a message brings: each of these names once.
    pub(crate) fn kept(self, known: &[&str]) -> Self {
        let mut kept = Self { joined: self.joined, fields: Vec::new() };
        for (name, value) in self.iter() {
            kept.append(known, name, value);
        }
        kept
    }

    /// Puts one field in place of all of this name, where [`Headers::add`] puts it.
    pub fn replace(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let (name, value) = (name.as_ref(), value.as_ref());
        match self.first(name).filter(|_| self.joined) {
            Some(place) => self.fields[place].1 = value.to_owned(),
            None => {
                self.remove(name);
                self.insert(name, value);
            }
        }
    }

    fn first(&self, name: &[u8]) -> Option<usize> {
        self.fields.iter().position(|(found, _)| found.eq_ignore_ascii_case(name))
    }

    fn insert(&mut self, name: &[u8], value: &[u8]) {
        if !self.joined {
            let is_pseudo = |name: &[u8]| name.starts_with(b":");
            let others = self.fields.iter().take_while(|(found, _)| is_pseudo(found));
            let place = if is_pseudo(name) { others.count() } else { self.fields.len() };
            return self.fields.insert(place, (name.to_ascii_lowercase(), value.to_owned()));
        }
        let upper = name.to_ascii_uppercase();
        let place = self.fields.partition_point(|(found, _)| found.to_ascii_uppercase() < upper);
        self.fields.insert(place, (name.to_owned(), value.to_owned()));
    }

    /// Removes every field of this name.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) {
        let name = name.as_ref();
        self.fields.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
    }

    /// Removes all fields.
    pub(crate) fn clear(&mut self) {
        self.fields.clear();
    }

    /// What `proxy_get_header_map_size` gives: in Envoy bytes, not a count.
    pub(crate) fn size(&self) -> usize {
        if self.joined {
            return self.len();
        }
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

    #[test]
    fn the_testers_are_sorted_and_joined_and_keep_their_spelling() {
        let mut headers = Headers::joined();
        for (name, value) in [("b", ""), ("a_", "0"), ("Ab", "1"), ("aB", "2"), ("B", "3")] {
            headers.add(name, value);
        }
        headers.replace("A_", "4");
        let fields: Vec<_> = headers.iter().collect();
        assert_eq!(fields, [(&b"Ab"[..], &b"1, 2"[..]), (b"a_", b"4"), (b"b", b"3")]);
        assert_eq!(headers.size(), 3);
    }
}
