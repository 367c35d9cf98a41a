//! Bodies.

use serde::Deserialize;

use super::CaseBytes;
use super::bytes::{self, Part};

/// A body: [`CaseBytes`], of which a list is one of chunks, which come one after the other with a pause between.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Form")]
pub struct CaseBody {
    chunks: Vec<CaseBytes>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a string, a table of `text` or `hex` with `times`, or a list of such chunks"
)]
enum Form {
    One(Part),
    Chunks(Vec<bytes::Form>),
}

impl TryFrom<Form> for CaseBody {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let chunks = match form {
            Form::One(part) => vec![part.try_into()?],
            Form::Chunks(chunks) => bytes::all(chunks)?,
        };
        Ok(Self { chunks })
    }
}

impl<T: Into<CaseBytes>> From<T> for CaseBody {
    fn from(bytes: T) -> Self {
        Self { chunks: vec![bytes.into()] }
    }
}

impl CaseBody {
    /// All of it.
    pub fn whole(&self) -> Vec<u8> {
        self.chunks().collect::<Vec<_>>().concat()
    }

    /// The chunks in which it comes; none of them is empty.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().map(CaseBytes::as_bytes).filter(|chunk| !chunk.is_empty())
    }

    /// The chunks' sizes.
    pub fn sizes(&self) -> Vec<usize> {
        self.chunks().map(<[u8]>::len).collect()
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.chunks().map(<[u8]>::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::CaseFile;

    #[test]
    fn a_body_is_bytes_or_a_list_of_chunks() {
        for (text, chunks) in [
            ("'ab'", &[&b"ab"[..]][..]),
            ("{ text = 'ab', times = 2 }", &[b"abab"]),
            ("['a', { text = 'b', times = 3 }, '', { hex = 'ff' }]", &[b"a", b"bbb", b"\xff"]),
            ("[['a', 'b'], 'c']", &[b"ab", b"c"]),
            ("''", &[]),
        ] {
            let case = format!("[[case]]\nname = 'a'\nrequest.body = {text}\n");
            let file = CaseFile::parse(&case).expect("a case file");
            let body = &file.cases[0].request.body;
            assert_eq!(body.chunks().collect::<Vec<_>>(), chunks);
            assert_eq!((body.len(), body.whole()), (chunks.concat().len(), chunks.concat()));
        }
        for (text, told) in [
            ("1", "a list of such chunks"),
            ("{ text = 'a', times = 67108865 }", "67108864 bytes at most"),
            ("['a', { text = 'b', times = 67108864 }]", "67108864 bytes at most"),
        ] {
            let case = format!("[[case]]\nname = 'a'\nrequest.body = {text}\n");
            let error = CaseFile::parse(&case).expect_err(text).to_string();
            assert!(error.contains("line 3") && error.contains(told), "{error}");
        }
    }
}
