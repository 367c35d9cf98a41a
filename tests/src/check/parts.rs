//! What takes a module's bytes.

use serde::Serialize;
use wasmparser::{
    BinaryReader, BinaryReaderError, CodeSectionReader, CompositeInnerType, DataKind, ExternalKind,
    FromReader, Operator, Parser, Payload, RecGroup, SectionLimited,
};

use super::names::Names;
use crate::runner::code::Signature;

/// A part of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Part {
    /// The section that it lies in, such as `code`; or `header` for what says where sections begin and how
    /// much they hold, and `unreadable` for what is no WebAssembly.
    pub section: &'static str,
    /// What it is, such as `function 3 proxy_on_log`.
    pub what: String,
    /// How many bytes it takes.
    pub bytes: usize,
}

/// The parts of a module, the largest first; they add up to its size.
pub(super) fn of(module: &[u8]) -> Vec<Part> {
    let mut marks = Marks { marks: Vec::new(), names: Names::read(module), end: 0 };
    if let Err(error) = marks.read(module) {
        marks.add(error.offset().min(module.len()), "unreadable", error.message());
    }
    let ends = marks.marks.iter().skip(1).map(|mark| mark.start).chain([module.len()]);
    let mut parts: Vec<Part> = Vec::new();
    for (mark, end) in marks.marks.iter().zip(ends) {
        let bytes = end - mark.start;
        let same = |part: &&mut Part| part.section == "header" && part.what == mark.what;
        match parts.iter_mut().find(same) {
            Some(part) => part.bytes += bytes,
            None if bytes == 0 => {}
            None => parts.push(Part { section: mark.section, what: mark.what.clone(), bytes }),
        }
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
    parts
}

/// Where a part begins. It ends where the next one begins, so no byte is without a part, and none has two.
struct Mark {
    start: usize,
    section: &'static str,
    what: String,
}

struct Marks {
    marks: Vec<Mark>,
    names: Names,
    /// Where the last section ended.
    end: usize,
}

impl Marks {
    fn add(&mut self, start: usize, section: &'static str, what: impl Into<String>) {
        // What cannot be read may be said to be anywhere. The first part begins with the file.
        let start = self.marks.last().map_or(0, |last| last.start.max(start));
        self.marks.push(Mark { start, section, what: what.into() });
    }

    fn read(&mut self, module: &[u8]) -> Result<(), BinaryReaderError> {
        let component = module.starts_with(b"\0asm") && module.get(6..8) == Some(&[1, 0]);
        if component {
            self.add(0, "component", "all of it");
            return Ok(());
        }
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            if let Some((_, range)) = payload.as_section() {
                self.add(self.end, "header", "of the sections");
                self.end = range.end;
            }
            self.section(module, payload)?;
        }
        Ok(())
    }

    fn section(&mut self, module: &[u8], payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::Version { range, .. } => {
                self.add(range.start, "header", "of the file");
                self.end = range.end;
            }
            Payload::TypeSection(section) => self.types(section)?,
            Payload::ImportSection(section) => {
                for import in section.into_imports_with_offsets() {
                    let (start, import) = import?;
                    self.add(start, "import", format!("{}.{}", import.module, import.name));
                }
            }
            Payload::FunctionSection(section) => {
                let what = format!("types of {} functions", section.count());
                self.first(section, "function", what)?;
            }
            Payload::TableSection(section) => {
                self.each(section, "table", |_, index, _| format!("table {index}"))?;
            }
            Payload::MemorySection(section) => {
                self.each(section, "memory", |_, index, _| format!("memory {index}"))?;
            }
            Payload::TagSection(section) => {
                self.each(section, "tag", |_, index, _| format!("tag {index}"))?;
            }
            Payload::GlobalSection(section) => {
                self.each(section, "global", |_, index, _| format!("global {index}"))?;
            }
            Payload::ExportSection(section) => self.each(section, "export", |_, _, export| {
                let kind = match export.kind {
                    ExternalKind::Func | ExternalKind::FuncExact => "function",
                    ExternalKind::Table => "table",
                    ExternalKind::Memory => "memory",
                    ExternalKind::Global => "global",
                    ExternalKind::Tag => "tag",
                };
                format!("{kind} {}", export.name)
            })?,
            Payload::StartSection { func, range } => {
                self.add(range.start, "start", self.names.function(func));
            }
            Payload::ElementSection(section) => {
                self.each(section, "element", |_, index, _| format!("segment {index}"))?;
            }
            Payload::DataCountSection { range, .. } => {
                self.add(range.start, "data count", "number of segments");
            }
            Payload::CodeSectionStart { range, .. } => {
                // Of a module that is cut short it may not all be there.
                let content = module.get(range.start..range.end.min(module.len()));
                let content = BinaryReader::new(content.unwrap_or_default(), range.start);
                let section = CodeSectionReader::new(content)?;
                self.each(section, "code", |names, index, _| names.own_function(index))?;
            }
            Payload::DataSection(section) => {
                self.each(section, "data", |names, index, data| {
                    format!("{}{}", names.data(index), address(&data.kind))
                })?;
            }
            Payload::CustomSection(section) => {
                self.add(section.range().start, "custom", section.name());
            }
            _ => {}
        }
        Ok(())
    }

    fn types(&mut self, section: SectionLimited<'_, RecGroup>) -> Result<(), BinaryReaderError> {
        let mut index = 0;
        for group in section.into_iter_with_offsets() {
            let (start, group) = group?;
            let first = index;
            index += group.types().len();
            let what = match group.types().next().map(|ty| &ty.composite_type.inner) {
                Some(CompositeInnerType::Func(func)) if index - first == 1 => {
                    format!("type {first}: {}", Signature::from(func))
                }
                _ => format!("types {first} to {}", index - 1),
            };
            self.add(start, "type", what);
        }
        Ok(())
    }

    /// A part for each item of a section.
    fn each<'a, T: FromReader<'a>>(
        &mut self,
        section: SectionLimited<'a, T>,
        name: &'static str,
        what: impl Fn(&Names, u32, T) -> String,
    ) -> Result<(), BinaryReaderError> {
        for (index, item) in (0..).zip(section.into_iter_with_offsets()) {
            let (start, item) = item?;
            self.add(start, name, what(&self.names, index, item));
        }
        Ok(())
    }

    /// One part for all items of a section.
    fn first<'a, T: FromReader<'a>>(
        &mut self,
        section: SectionLimited<'a, T>,
        name: &'static str,
        what: String,
    ) -> Result<(), BinaryReaderError> {
        if let Some(first) = section.into_iter_with_offsets().next() {
            self.add(first?.0, name, what);
        }
        Ok(())
    }
}

/// Where data is put: ` at 1024`.
fn address(kind: &DataKind<'_>) -> String {
    let DataKind::Active { offset_expr, .. } = kind else { return String::new() };
    match offset_expr.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => format!(" at {}", value.cast_unsigned()),
        _ => String::new(),
    }
}
