//! What comes at a plugin over gRPC.

use serde::Deserialize;

use super::CaseField;

/// An answer to a gRPC call.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct CaseGrpcAnswer {
    /// Its status.
    pub status: u32,
    /// The status's message.
    pub text: String,
    /// The message, in hexadecimal.
    pub message: Option<Hex>,
    /// Several messages instead, for a stream.
    pub messages: Vec<Hex>,
    /// Metadata before the messages.
    pub initial: Vec<CaseField>,
    /// Metadata after the messages.
    pub trailing: Vec<CaseField>,
}

#[cfg(any(feature = "envoy", feature = "runner"))]
impl CaseGrpcAnswer {
    pub(crate) fn messages(&self) -> Vec<&[u8]> {
        self.message.iter().chain(&self.messages).map(|message| &message.0[..]).collect()
    }

    /// An error with nothing before it is all in the headers.
    pub(crate) fn is_trailers_only(&self) -> bool {
        self.status != 0 && self.messages().is_empty() && self.initial.is_empty()
    }
}

/// Bytes that a case file has in hexadecimal.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Hex(pub Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not hexadecimal: two digits are a byte");
        let digits: Vec<u32> = text
            .chars()
            .map(|digit| digit.to_digit(16))
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(wrong()) };
        Ok(Self(pairs.iter().map(|[high, low]| (high * 16 + low) as u8).collect()))
    }
}

/// Bytes in hexadecimal.
#[cfg(any(feature = "envoy", feature = "runner"))]
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
