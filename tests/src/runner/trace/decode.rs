//! What the words of a call stand for, by the shape of its function.

use super::super::grpc::{Target, target};
use super::super::names;
use super::super::pairs;
use super::super::shape::{Kind, Shape};
use super::{Arg, Value};

/// Reads values, some of which lie in a guest's memory.
pub(super) struct Decoder<'a> {
    pub(super) memory: &'a [u8],
    /// How many bytes can still be kept.
    pub(super) room: &'a mut usize,
}

impl Decoder<'_> {
    /// What a function was given.
    pub(super) fn inputs(&mut self, shape: &Shape, words: &[u64]) -> Vec<Arg> {
        self.args(shape, words, Self::input)
    }

    /// What stands where a function was to write.
    pub(super) fn outputs(&mut self, shape: &Shape, words: &[u64]) -> Vec<Arg> {
        self.args(shape, words, Self::output)
    }

    fn args(
        &mut self,
        shape: &Shape,
        words: &[u64],
        read: impl Fn(&mut Self, Kind, u64, u32) -> Option<Value>,
    ) -> Vec<Arg> {
        let next = words.iter().skip(1).map(|word| *word as u32).chain([0]);
        let params = shape.params.iter().zip(words).zip(next);
        let arg = |((&(name, kind), &word), next)| {
            let value = read(self, kind, word, next)?;
            Some(Arg { name, value })
        };
        params.filter_map(arg).collect()
    }

    /// What is handed over in a word and the next.
    fn input(&mut self, kind: Kind, word: u64, next: u32) -> Option<Value> {
        let address = word as u32;
        Some(match kind {
            Kind::Bytes => self.bytes(address, next, Value::Bytes),
            Kind::Path => self.bytes(address, next, Value::Path),
            Kind::Pairs => self.bytes(address, next, |bytes| map(bytes, pairs::accept)),
            Kind::Target => self.bytes(address, next, service),
            Kind::Vectors => self.vectors(address, next),
            Kind::Context
            | Kind::Size
            | Kind::NumberOut
            | Kind::WideOut
            | Kind::LevelOut
            | Kind::BytesOut
            | Kind::OptionalOut
            | Kind::PairsOut
            | Kind::PlaceOut => return None,
            number => of_word(number, word),
        })
    }

    /// What is to be found at the address in a word, and in the next.
    fn output(&mut self, kind: Kind, word: u64, next: u32) -> Option<Value> {
        let address = word as u32;
        Some(match kind {
            Kind::NumberOut | Kind::LevelOut => match self.u32(address) {
                Some(number) => of_word(kind, number.into()),
                None => Value::Outside { address, size: 4 },
            },
            Kind::WideOut => match self.peek(address, 8).and_then(|bytes| bytes.first_chunk()) {
                Some(bytes) => Value::Number(u64::from_le_bytes(*bytes)),
                None => Value::Outside { address, size: 8 },
            },
            Kind::OptionalOut if address == 0 || next == 0 => return None,
            Kind::BytesOut | Kind::OptionalOut => self.handed_over(address, next, Value::Bytes),
            Kind::PairsOut => self.handed_over(address, next, |bytes| map(bytes, pairs::read)),
            Kind::PlaceOut => self.bytes(address, next, Value::Bytes),
            _ => return None,
        })
    }

    /// Bytes whose address and size stand at these addresses.
    fn handed_over(
        &mut self,
        data_out: u32,
        size_out: u32,
        value: impl Fn(Vec<u8>) -> Value,
    ) -> Value {
        match (self.u32(data_out), self.u32(size_out)) {
            (Some(data), Some(size)) => self.bytes(data, size, value),
            (None, _) => Value::Outside { address: data_out, size: 4 },
            (_, None) => Value::Outside { address: size_out, size: 4 },
        }
    }

    fn bytes(&mut self, address: u32, size: u32, value: impl Fn(Vec<u8>) -> Value) -> Value {
        match self.peek(address, size).map(<[u8]>::len) {
            None => Value::Outside { address, size },
            Some(size) if !self.takes(size) => Value::NotKept { size },
            Some(_) => value(self.peek(address, size).unwrap_or_default().to_vec()),
        }
    }

    /// The bytes of all vectors: each is an address and a size.
    fn vectors(&mut self, address: u32, count: u32) -> Value {
        let outside = Value::Outside { address, size: count.saturating_mul(8) };
        let Some(vectors) = count.checked_mul(8).and_then(|size| self.peek(address, size)) else {
            return outside;
        };
        let (vectors, _) = vectors.as_chunks::<4>();
        let mut bytes = Vec::new();
        for [data, size] in vectors.as_chunks().0 {
            let (address, size) = (u32::from_le_bytes(*data), u32::from_le_bytes(*size));
            let Some(part) = self.memory.get(range(address, size)) else {
                return Value::Outside { address, size };
            };
            if bytes.len() + part.len() > *self.room {
                return Value::NotKept { size: bytes.len() + part.len() };
            }
            bytes.extend(part);
        }
        self.takes(bytes.len());
        Value::Bytes(bytes)
    }

    fn u32(&self, address: u32) -> Option<u32> {
        Some(u32::from_le_bytes(*self.peek(address, 4)?.first_chunk()?))
    }

    fn peek(&self, address: u32, size: u32) -> Option<&[u8]> {
        self.memory.get(range(address, size))
    }

    /// Whether there is room for so much, which is then less.
    fn takes(&mut self, size: usize) -> bool {
        let left = self.room.checked_sub(size);
        *self.room = left.unwrap_or(*self.room);
        left.is_some()
    }
}

fn range(address: u32, size: u32) -> std::ops::Range<usize> {
    address as usize..address as usize + size as usize
}

/// What a number stands for.
pub(super) fn of_word(kind: Kind, word: u64) -> Value {
    let number = word as u32;
    if let Some(name) = names::name(kind.names(), number) {
        return Value::Named { number, name };
    }
    match kind {
        Kind::Bool if word < 2 => Value::Bool(word == 1),
        Kind::Address => Value::Address(number),
        Kind::SignedWide => Value::Signed(word.cast_signed()),
        // -1 is none.
        Kind::GrpcStatus => Value::Signed(number.cast_signed().into()),
        _ => Value::Number(word),
    }
}

fn map(bytes: Vec<u8>, read: impl Fn(&[u8]) -> Option<Vec<(&[u8], &[u8])>>) -> Value {
    let owned = |(name, value): (&[u8], &[u8])| (name.to_vec(), value.to_vec());
    match read(&bytes) {
        Some(pairs) => Value::Pairs(pairs.into_iter().map(owned).collect()),
        // So Envoy writes empty ones, and guests may.
        None if bytes.is_empty() || bytes == [0] => Value::Pairs(Vec::new()),
        None => Value::Malformed(bytes),
    }
}

fn service(bytes: Vec<u8>) -> Value {
    match target(&bytes) {
        Target::Cluster(name) => Value::Cluster { name, message: bytes },
        Target::Name(_) | Target::Nothing | Target::NotOffered(_) => Value::Bytes(bytes),
    }
}

#[cfg(test)]
mod tests;
