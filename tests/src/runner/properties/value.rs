//! Values of properties, and how they are written for a guest.

use super::super::info::Metadata;
use super::super::pairs;
use crate::case::MetadataValue;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A string, or bytes.
    Bytes(Vec<u8>),
    /// An integer, a duration or a time in nanoseconds.
    Word([u8; 8]),
    Bool(bool),
    Map(Vec<(Vec<u8>, Self)>),
    /// A message of Envoy's `Metadata`.
    Metadata(Metadata),
    /// A message without fields.
    Empty,
    /// What cannot be written.
    Null,
}

impl Value {
    pub(super) fn number(number: u64) -> Self {
        Self::Word(number.to_le_bytes())
    }

    pub(super) fn text(text: impl Into<Vec<u8>>) -> Self {
        Self::Bytes(text.into())
    }

    /// A part of it.
    pub(super) fn field(&self, name: &[u8]) -> Option<Self> {
        match self {
            Self::Map(map) => {
                map.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
            }
            Self::Metadata(metadata) if name == b"filter_metadata" => {
                let namespaces = metadata.iter().map(|(name, values)| {
                    let values = values.iter().map(|(key, value)| (text(key), of(value)));
                    (text(name), Self::Map(values.collect()))
                });
                Some(Self::Map(namespaces.collect()))
            }
            Self::Metadata(_) if name == b"typed_filter_metadata" => Some(Self::Map(Vec::new())),
            _ => None,
        }
    }

    /// What it costs to make it of what guests have left.
    pub(super) fn cost(&self) -> u64 {
        /// What a field of a map costs beside its bytes.
        const FIELD: u64 = 64;
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Map(map) => {
                map.iter().map(|(key, value)| FIELD + key.len() as u64 + value.cost()).sum()
            }
            _ => 0,
        }
    }

    /// As the guest gets it; `None` for what cannot be written.
    pub(super) fn serialize(&self) -> Option<Vec<u8>> {
        Some(match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Word(word) => word.to_vec(),
            Self::Bool(value) => vec![u8::from(*value)],
            Self::Map(map) => {
                let mut written = Vec::new();
                for (key, value) in map {
                    written.push((key.clone(), value.serialize()?));
                }
                pairs::write(written.iter().map(|(key, value)| (&key[..], &value[..])))
            }
            Self::Metadata(metadata) => message(metadata),
            Self::Empty => Vec::new(),
            Self::Null => return None,
        })
    }
}

fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn of(value: &MetadataValue) -> Value {
    match value {
        MetadataValue::Text(text) => Value::Bytes(text.as_bytes().to_vec()),
        MetadataValue::Number(number) => Value::Word(f64::from(*number).to_le_bytes()),
        MetadataValue::Bool(value) => Value::Bool(*value),
    }
}

/// Protobuf: `Metadata { map<string, Struct> filter_metadata = 1 }`.
fn message(metadata: &Metadata) -> Vec<u8> {
    let entry = |key: &str, value: Vec<u8>| {
        let entry = [field(1, key.as_bytes()), field(2, &value)].concat();
        field(1, &entry)
    };
    let value = |value: &MetadataValue| match value {
        MetadataValue::Number(number) => [&[0x11][..], &f64::from(*number).to_le_bytes()].concat(),
        MetadataValue::Text(text) => field(3, text.as_bytes()),
        MetadataValue::Bool(value) => vec![0x20, u8::from(*value)],
    };
    let structure = |values: &std::collections::BTreeMap<String, MetadataValue>| {
        values.iter().flat_map(|(key, found)| entry(key, value(found))).collect::<Vec<u8>>()
    };
    metadata.iter().flat_map(|(name, values)| entry(name, structure(values))).collect()
}

/// A field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        field.push(length as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend(bytes);
    field
}
