//! Where a module's active segments lie.

use wasmparser::{
    ConstExpr, Data, DataKind, Element, ElementItems, ElementKind, MemoryType, Operator,
};

/// What is to be known of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Segments {
    /// Data lies at address 0.
    pub(crate) at_zero: bool,
    /// One reaches beyond its memory or table, as these begin.
    pub(crate) outside: bool,
}

impl Segments {
    pub(super) fn data(&mut self, data: &Data<'_>, memories: &[MemoryType]) {
        let DataKind::Active { memory_index, offset_expr } = &data.kind else { return };
        let Some(offset) = constant(offset_expr) else { return };
        let pages = memories.get(*memory_index as usize).map_or(0, |memory| memory.initial);
        self.at_zero |= offset == 0 && !data.data.is_empty();
        self.outside |= offset + data.data.len() as u64 > pages.saturating_mul(1 << 16);
    }

    pub(super) fn element(&mut self, element: &Element<'_>, tables: &[u64]) {
        let ElementKind::Active { table_index, offset_expr } = &element.kind else { return };
        let Some(offset) = constant(offset_expr) else { return };
        let elements = tables.get(table_index.unwrap_or(0) as usize).copied().unwrap_or(0);
        let count = match &element.items {
            ElementItems::Functions(items) => items.count(),
            ElementItems::Expressions(_, items) => items.count(),
        };
        self.outside |= offset + u64::from(count) > elements;
    }
}

/// Linkers write no other offsets.
fn constant(offset: &ConstExpr<'_>) -> Option<u64> {
    match offset.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => Some(u64::from(value.cast_unsigned())),
        _ => None,
    }
}
