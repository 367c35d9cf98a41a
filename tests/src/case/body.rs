//! Bodies.

use serde::Deserialize;

/// A body: a text, `{ text = "x", times = 1000 }` for a long one, or a list of such chunks, which come one
/// after the other with a pause between.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(from = "Form")]
pub struct CaseBody {
    chunks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a string, a table of `text` and `times`, or a list of such chunks")]
enum Form {
    One(Text),
    Chunks(Vec<Text>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Once(String),
    Repeated { text: String, times: usize },
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        match text {
            Text::Once(text) => text,
            Text::Repeated { text, times } => text.repeat(times),
        }
    }
}

impl From<Form> for CaseBody {
    fn from(form: Form) -> Self {
        let chunks = match form {
            Form::One(text) => vec![text.into()],
            Form::Chunks(chunks) => chunks.into_iter().map(String::from).collect(),
        };
        Self { chunks }
    }
}

impl<T: Into<String>> From<T> for CaseBody {
    fn from(text: T) -> Self {
        Self { chunks: vec![text.into()] }
    }
}

impl CaseBody {
    /// All of it.
    pub fn whole(&self) -> String {
        self.chunks.concat()
    }

    /// The chunks in which it comes; none of them is empty.
    pub fn chunks(&self) -> impl Iterator<Item = &str> {
        self.chunks.iter().map(String::as_str).filter(|chunk| !chunk.is_empty())
    }

    /// The chunks' sizes.
    pub fn sizes(&self) -> Vec<usize> {
        self.chunks().map(str::len).collect()
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.chunks().map(str::len).sum()
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
    fn a_body_has_three_forms() {
        for (text, chunks) in [
            ("'ab'", &["ab"][..]),
            ("{ text = 'ab', times = 2 }", &["abab"]),
            ("['a', { text = 'b', times = 3 }, '']", &["a", "bbb"]),
            ("''", &[]),
        ] {
            let case = format!("[[case]]\nname = 'a'\nrequest.body = {text}\n");
            let file = CaseFile::parse(&case).expect("a case file");
            let body = &file.cases[0].request.body;
            assert_eq!(body.chunks().collect::<Vec<_>>(), chunks);
            assert_eq!((body.len(), body.whole()), (chunks.concat().len(), chunks.concat()));
        }
        let error = CaseFile::parse("[[case]]\nname = 'a'\nrequest.body = 1\n");
        let error = error.expect_err("no body").to_string();
        assert!(error.contains("line 3") && error.contains("a list of such chunks"), "{error}");
    }
}
