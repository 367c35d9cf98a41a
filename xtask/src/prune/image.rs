//! What the memory holds at the start, as bytes instead of segments.

use walrus::ir::Value;
use walrus::{ConstExpr, DataKind, MemoryId, Module};

/// The initialised part of memory, from address 0.
#[derive(Debug)]
pub struct Image {
    memory: MemoryId,
    pub bytes: Vec<u8>,
}

/// What a segment costs besides its bytes: a kind, an address, a length.
const SEGMENT: usize = 6;

/// More than any plugin's data: something else is meant.
const LARGEST: usize = 1 << 24;

impl Image {
    /// Takes a module's segments out of it; `None`, and all is as it was, without any, and if they are not
    /// such as rustc's linker makes.
    pub fn take(module: &mut Module) -> Option<Self> {
        let mut image: Option<Self> = None;
        if module.funcs.iter_local().any(|(_, function)| !function.used_data_segments().is_empty())
        {
            return None;
        }
        for data in module.data.iter() {
            let DataKind::Active { memory, offset: ConstExpr::Value(Value::I32(at)) } = data.kind
            else {
                return None;
            };
            let image = image.get_or_insert(Self { memory, bytes: Vec::new() });
            let start = at.cast_unsigned() as usize;
            let end = start + data.value.len();
            if memory != image.memory || end > LARGEST {
                return None;
            }
            if image.bytes.len() < end {
                image.bytes.resize(end, 0);
            }
            image.bytes[start..end].copy_from_slice(&data.value);
        }
        let segments: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
        for segment in segments {
            module.data.delete(segment);
        }
        if let Some(image) = &image {
            module.memories.get_mut(image.memory).data_segments.clear();
        }
        image
    }

    /// Puts it back, in as few bytes as it takes: zeros are there before memory is initialised, unless
    /// there are so few between others that a segment would cost more.
    pub fn put(self, module: &mut Module) {
        let bytes = &self.bytes;
        let mut next = bytes.iter().position(|byte| *byte != 0);
        while let Some(start) = next {
            let mut end = start + 1;
            next = None;
            for (at, byte) in bytes.iter().enumerate().skip(end) {
                if *byte == 0 {
                    continue;
                }
                if at - end > SEGMENT {
                    next = Some(at);
                    break;
                }
                end = at + 1;
            }
            let offset = ConstExpr::Value(Value::I32(start as i32));
            let kind = DataKind::Active { memory: self.memory, offset };
            let id = module.data.add(kind, bytes[start..end].to_vec());
            module.memories.get_mut(self.memory).data_segments.insert(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_is;
    use super::*;

    fn module(data: &str) -> Module {
        let wat = format!(r#"(module (memory (export "memory") 1) {data})"#);
        let bytes = wat::parse_str(wat).expect("the test's WAT is right");
        super::super::parse(&bytes).expect("a module")
    }

    #[test]
    fn segments_are_joined_over_few_zeros_and_end_before_them() {
        let mut found = module(
            r#"(data (i32.const 8) "a\00\00") (data (i32.const 14) "\00b\00")
                (data (i32.const 30) "c") (data (i32.const 50) "\00\00")"#,
        );
        Image::take(&mut found).expect("data").put(&mut found);
        assert_is(
            found,
            r#"(module (memory (export "memory") 1)
                (data (i32.const 8) "a\00\00\00\00\00\00b") (data (i32.const 30) "c"))"#,
        );
    }

    #[test]
    fn segments_of_another_kind_stay() {
        let mut module = module(r#"(data (i32.const 8) "a") (data "passive")"#);
        assert!(Image::take(&mut module).is_none());
        assert_eq!(module.data.iter().count(), 2);
    }
}
