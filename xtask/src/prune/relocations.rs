//! What the linker says of addresses, with `--emit-relocs`: which bytes of the code and of the data
//! are an address, and of which symbol.
//!
//! Nothing is taken on trust: a relocation counts only if the address that it would make is the one
//! that is there, and one that is not understood means that nothing is known.

use std::collections::HashMap;

use wasmparser::{
    BinaryReader, DataKind, DefinedDataSymbol, KnownCustom, Linking, LinkingSectionReader, Name,
    Operator, Parser, Payload, RelocSectionReader, RelocationEntry, RelocationType, SymbolFlags,
    SymbolInfo,
};

/// A place in memory: so far from the beginning of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    pub symbol: usize,
    pub addend: i64,
}

/// Data that the linker knows by a name.
#[derive(Clone, Debug)]
pub struct Symbol {
    pub address: u32,
    pub size: u32,
    /// Whether its place is not that of data, or something outside may know it.
    pub fixed: bool,
    /// Whether it may say where other data begins or ends.
    pub bound: bool,
    /// Whether only its bytes matter, not where they are: a constant without a name of its own in Rust.
    pub constant: bool,
}

impl Symbol {
    pub fn end(&self) -> u64 {
        u64::from(self.address) + u64::from(self.size)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Relocations {
    /// By their index in the linker's table; functions and the like are `None`.
    pub symbols: Vec<Option<Symbol>>,
    /// What the instructions hold, by their places in the file.
    pub code: HashMap<usize, Reference>,
    /// Words in memory that hold an address, by their own.
    pub data: Vec<(u32, Reference)>,
}

impl Relocations {
    /// Those of a module; `None` without them, and if there is one that is not understood.
    pub fn of(module: &[u8]) -> Option<Self> {
        let sections = Sections::read(module)?;
        let mut relocations = Self { symbols: sections.symbols()?, ..Self::default() };
        for (entry, in_code) in sections.entries()? {
            let place = entry.offset as usize;
            let reference = Reference { symbol: entry.index as usize, addend: entry.addend };
            let symbol = relocations.symbols.get(reference.symbol);
            let is_bound = symbol.is_some_and(|symbol| symbol.as_ref().is_some_and(|at| at.bound));
            if is_bound && !matches!(entry.ty, RelocationType::TypeIndexLeb) {
                return None;
            }
            match entry.ty {
                RelocationType::MemoryAddrLeb | RelocationType::MemoryAddrSleb if in_code => {
                    let place = sections.code? + place;
                    relocations.address(reference)?;
                    if relocations.code.insert(place, reference).is_some() {
                        return None;
                    }
                }
                RelocationType::MemoryAddrI32 if !in_code => {
                    let place = sections.data? + place;
                    let address = relocations.address(reference)?;
                    if module.get(place..place + 4)? != address.to_le_bytes() {
                        return None;
                    }
                    let segment = sections.segments.iter().find(|segment| {
                        place >= segment.place && place + 4 <= segment.place + segment.size
                    })?;
                    let at = segment.address + u32::try_from(place - segment.place).ok()?;
                    relocations.data.push((at, reference));
                }
                // A global that holds the address of data, which nothing else tells of.
                RelocationType::GlobalIndexLeb
                    if relocations.symbols.get(reference.symbol)?.is_some() =>
                {
                    return None;
                }
                // No addresses in memory.
                RelocationType::FunctionIndexLeb
                | RelocationType::GlobalIndexLeb
                | RelocationType::TypeIndexLeb
                | RelocationType::TableNumberLeb
                | RelocationType::TableIndexSleb
                | RelocationType::TableIndexI32 => {}
                _ => return None,
            }
        }
        Some(relocations)
    }

    /// The address that a reference makes.
    pub fn address(&self, reference: Reference) -> Option<u32> {
        let symbol = self.symbols.get(reference.symbol)?.as_ref()?;
        u32::try_from(i64::from(symbol.address) + reference.addend).ok()
    }

    /// Gives the symbols that can move other addresses; those that get none are not used.
    pub fn move_symbols(&mut self, to: impl Fn(u32) -> Option<u32>) {
        for symbol in &mut self.symbols {
            if let Some(place) = symbol
                && !place.fixed
            {
                match to(place.address) {
                    Some(address) => place.address = address,
                    None => *symbol = None,
                }
            }
        }
    }
}

struct Segment {
    address: u32,
    /// Of its bytes in the file.
    place: usize,
    size: usize,
    /// Whether the linker says that nothing writes there.
    constant: bool,
}

/// What of a module's sections matters here.
#[derive(Default)]
struct Sections<'a> {
    /// Where their contents begin in the file.
    code: Option<usize>,
    data: Option<usize>,
    /// Their indices.
    code_index: Option<u32>,
    data_index: Option<u32>,
    segments: Vec<Segment>,
    linking: Option<LinkingSectionReader<'a>>,
    relocations: Vec<RelocSectionReader<'a>>,
}

impl<'a> Sections<'a> {
    fn read(module: &'a [u8]) -> Option<Self> {
        let mut sections = Self::default();
        let mut index = 0;
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload.ok()?;
            match &payload {
                Payload::CodeSectionStart { range, .. } => {
                    sections.code = Some(range.start);
                    sections.code_index = Some(index);
                }
                Payload::DataSection(data) => {
                    sections.data = Some(data.range().start);
                    sections.data_index = Some(index);
                    for segment in data.clone() {
                        sections.segments.push(Segment::of(&segment.ok()?)?);
                    }
                }
                Payload::CustomSection(custom) => {
                    let reader = BinaryReader::new(custom.data(), custom.data_offset());
                    if let KnownCustom::Name(names) = custom.as_known() {
                        sections.name(names)?;
                    } else if custom.name() == "linking" {
                        sections.linking = Some(LinkingSectionReader::new(reader).ok()?);
                    } else if custom.name().starts_with("reloc.") {
                        sections.relocations.push(RelocSectionReader::new(reader).ok()?);
                    }
                }
                _ => {}
            }
            // The code section comes as a start and an entry for each function.
            let section = payload.as_section().is_some();
            if section && !matches!(payload, Payload::CodeSectionEntry(_)) {
                index += 1;
            }
        }
        Some(sections)
    }

    /// The linker names segments.
    fn name(&mut self, names: wasmparser::NameSectionReader<'_>) -> Option<()> {
        for names in names {
            let Name::Data(names) = names.ok()? else { continue };
            for naming in names {
                let naming = naming.ok()?;
                let segment = self.segments.get_mut(naming.index as usize)?;
                segment.constant = naming.name == ".rodata";
            }
        }
        Some(())
    }

    fn symbols(&self) -> Option<Vec<Option<Symbol>>> {
        let mut symbols = Vec::new();
        for subsection in self.linking.as_ref()?.subsections() {
            let Linking::SymbolTable(table) = subsection.ok()? else { continue };
            for symbol in table {
                symbols.push(match symbol.ok()? {
                    SymbolInfo::Data { flags, name, symbol: Some(place) } => {
                        Some(self.symbol(flags, name, place)?)
                    }
                    _ => None,
                });
            }
        }
        Some(symbols)
    }

    fn symbol(&self, flags: SymbolFlags, name: &str, place: DefinedDataSymbol) -> Option<Symbol> {
        let absolute = flags.contains(SymbolFlags::ABSOLUTE);
        let bound = place.size == 0 && !["__heap_base", "__heap_end"].contains(&name);
        let outside = SymbolFlags::EXPORTED | SymbolFlags::NO_STRIP | SymbolFlags::TLS;
        let mut constant = false;
        let base = if absolute {
            0
        } else {
            let segment = self.segments.get(place.index as usize)?;
            if u64::from(place.offset) + u64::from(place.size) > segment.size as u64 {
                return None;
            }
            // LLVM names so what has no name, of which rustc makes nothing but constants there.
            constant = segment.constant && name.starts_with(".Lanon.");
            segment.address
        };
        Some(Symbol {
            address: base.checked_add(place.offset)?,
            size: place.size,
            fixed: absolute || flags.intersects(outside),
            constant,
            bound,
        })
    }

    /// Relocations, and whether they are of the code.
    fn entries(&self) -> Option<Vec<(RelocationEntry, bool)>> {
        let mut entries = Vec::new();
        for section in &self.relocations {
            let index = Some(section.section_index());
            if index != self.code_index && index != self.data_index {
                continue; // Of debug information.
            }
            for entry in section.entries() {
                entries.push((entry.ok()?, index == self.code_index));
            }
        }
        Some(entries)
    }
}

impl Segment {
    fn of(data: &wasmparser::Data<'_>) -> Option<Self> {
        let DataKind::Active { memory_index: 0, offset_expr } = &data.kind else { return None };
        let mut operators = offset_expr.get_operators_reader().into_iter();
        let Some(Ok(Operator::I32Const { value })) = operators.next() else { return None };
        let Some(Ok(Operator::End)) = operators.next() else { return None };
        Some(Self {
            address: value.cast_unsigned(),
            place: data.range.end - data.data.len(),
            size: data.data.len(),
            constant: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two functions that load a word at 1024, which holds its own address, with all that
    /// `--emit-relocs` adds.
    fn module(code: &str, data: &str, symbols: &str) -> Vec<u8> {
        wat::parse_str(format!(
            r#"(module (memory 1)
                (func (export "f") (result i32) (i32.load offset=1024 (i32.const 0)))
                (func (export "g") (result i32) (i32.const 1024))
                (data (i32.const 1024) "\00\04\00\00")
                (@custom "linking" "\02\08{symbols}")
                (@custom "reloc.CODE" "\04{code}")
                (@custom "reloc.DATA" "\05{data}"))"#
        ))
        .expect("the test's WAT is right")
    }

    /// A table of one symbol of data: its name, segment, offset and size.
    const SYMBOL: &str = r"\08\01\01\00\01a\00\00\04";
    /// The offset of the load, and the constant.
    const CODE: &str = r"\02\03\07\00\00\04\0d\00\00";
    const DATA: &str = r"\01\05\07\00\00";

    #[test]
    fn relocations_are_read() {
        let module = module(CODE, DATA, SYMBOL);
        let relocations = Relocations::of(&module).expect("relocations");
        let symbol = relocations.symbols[0].as_ref().expect("data");
        assert_eq!((symbol.address, symbol.size), (1024, 4));
        let own = Reference { symbol: 0, addend: 0 };
        assert_eq!(relocations.data, [(1024, own)]);
        assert_eq!(relocations.code.len(), 2);
        assert!(relocations.code.values().all(|reference| *reference == own));
        let walrus = super::super::parse(&module).expect("a module");
        assert!(super::super::tree::read(&walrus, &relocations).is_some());
    }

    #[test]
    fn what_is_not_understood_is_nothing() {
        // No such symbol, a kind of 64 bits, another address.
        for code in [r"\01\03\07\01\00", r"\01\0e\07\00\00"] {
            assert!(Relocations::of(&module(code, DATA, SYMBOL)).is_none(), "{code}");
        }
        assert!(Relocations::of(&module(CODE, r"\01\05\07\00\04", SYMBOL)).is_none());
        assert!(Relocations::of(&module(CODE, DATA, r"\08\01\01\00\01a\00\01\04")).is_none());
        // A global with an address of data, and what may be the end of other data.
        assert!(Relocations::of(&module(r"\01\07\07\00", DATA, SYMBOL)).is_none());
        assert!(Relocations::of(&module(CODE, DATA, r"\08\01\01\00\01a\00\00\00")).is_none());
        // Not where an instruction holds an address, or not the address that it holds.
        for code in [r"\01\03\06\00\00", r"\01\03\07\00\04"] {
            let module = module(code, DATA, SYMBOL);
            let relocations = Relocations::of(&module).expect("relocations");
            let walrus = super::super::parse(&module).expect("a module");
            assert!(super::super::tree::read(&walrus, &relocations).is_none(), "{code}");
        }
    }

    #[test]
    fn a_constant_has_no_name_and_lies_where_nothing_is_written() {
        let constant = |segment: &str, name: &str| {
            let (segment_size, size) = (segment.len() + 3, name.len());
            let module = wat::parse_str(format!(
                r#"(module (memory 1) (data (i32.const 8) "x")
                    (@custom "linking" "\02\08\{:02x}\01\01\00\{size:02x}{name}\00\00\01")
                    (@custom "name" "\09\{segment_size:02x}\01\00\{:02x}{segment}"))"#,
                size + 7,
                segment.len(),
            ))
            .expect("the test's WAT is right");
            let relocations = Relocations::of(&module).expect("relocations");
            relocations.symbols[0].as_ref().expect("data").constant
        };
        assert!(constant(".rodata", ".Lanon.0"));
        assert!(!constant(".data", ".Lanon.0"));
        assert!(!constant(".rodata", "named"));
    }

    #[test]
    fn a_module_that_was_linked_without_has_none() {
        assert!(Relocations::of(&wat::parse_str("(module)").expect("valid")).is_none());
    }
}
