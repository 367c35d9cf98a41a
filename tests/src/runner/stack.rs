//! The stack that compilers keep in a module's memory, and how much of it is used: it is painted, and
//! what is written shows.

use wasmparser::{ConstExpr, DataKind, Operator, Parser, Payload};

/// Where a module keeps its stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    /// Nowhere in the memory.
    None,
    /// Between the beginning of the memory and this address, from which it grows down.
    Below(u32),
    /// Somewhere else.
    Elsewhere,
}

/// So LLVM lays a module out if the stack comes first, which is what rustc asks of it: a global that can
/// change begins as the stack's upper end, functions that need stack subtract from it, and data lie above.
impl Stack {
    pub(crate) fn find(module: &[u8]) -> Self {
        Self::read(module).unwrap_or(Self::Elsewhere)
    }

    /// `None` of what cannot be read.
    fn read(module: &[u8]) -> Option<Self> {
        let mut globals = Vec::new();
        let mut pointers = Vec::new();
        let mut data = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            match payload.ok()? {
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global.ok()?;
                        globals.push(constant(&global.init_expr).filter(|_| global.ty.mutable));
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().ok()?;
                    let operators: Vec<_> = operators.into_iter().collect::<Result<_, _>>().ok()?;
                    pointers.extend(operators.windows(3).filter_map(subtracts));
                }
                Payload::DataSection(section) => {
                    for segment in section {
                        if let DataKind::Active { offset_expr, .. } = segment.ok()?.kind {
                            data.push(constant(&offset_expr)?);
                        }
                    }
                }
                _ => {}
            }
        }
        let Some(&pointer) = pointers.first() else { return Some(Self::None) };
        let top = (*globals.get(pointer as usize)?)?;
        let alone = pointers.iter().all(|other| *other == pointer);
        (alone && data.iter().all(|start| *start >= top)).then_some(Self::Below(top))
    }
}

/// The global from which a constant is subtracted.
fn subtracts(operators: &[Operator<'_>]) -> Option<u32> {
    match operators {
        [Operator::GlobalGet { global_index }, Operator::I32Const { .. }, Operator::I32Sub] => {
            Some(*global_index)
        }
        _ => None,
    }
}

fn constant(expr: &ConstExpr<'_>) -> Option<u32> {
    match expr.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(value.cast_unsigned()),
        _ => None,
    }
}

/// What nobody has written.
const PAINT: u8 = 0xa5;

/// Paints a stack that is empty.
pub(crate) fn paint(stack: &mut [u8]) {
    stack.fill(PAINT);
}

/// How much of a stack has been written, which is painted again.
pub(crate) fn used(stack: &mut [u8]) -> usize {
    // In blocks, since stacks may be large.
    static BLANK: [u8; 1024] = [PAINT; 1024];
    let blank = |block: &&[u8]| BLANK.starts_with(block);
    let blank = stack.chunks(BLANK.len()).take_while(blank).map(<[u8]>::len).sum();
    let rest = stack.get_mut(blank..).unwrap_or_default();
    let below = rest.iter().position(|byte| *byte != PAINT).unwrap_or(rest.len());
    let written = rest.get_mut(below..).unwrap_or_default();
    paint(written);
    written.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(fields: &str) -> Stack {
        let fields = format!("(module (memory 1) {fields})");
        Stack::find(&wat::parse_str(fields).expect("valid WAT"))
    }

    const POINTER: &str = "(global $sp (mut i32) (i32.const 4096))";
    const USES: &str = "(func (drop (i32.sub (global.get $sp) (i32.const 16))))";

    #[test]
    fn a_stack_is_what_functions_subtract_from() {
        assert_eq!(find(""), Stack::None);
        assert_eq!(find(POINTER), Stack::None, "nothing uses it");
        assert_eq!(find(&format!("{POINTER} {USES}")), Stack::Below(4096));
        let others = "(global (mut i32) (i32.const 65536)) (global i32 (i32.const 5000))";
        assert_eq!(find(&format!("{others} {POINTER} {USES}")), Stack::Below(4096));
    }

    #[test]
    fn data_lie_above_it_or_it_is_elsewhere() {
        let with = |data: &str| find(&format!("{POINTER} {USES} (data {data})"));
        assert_eq!(with(r#"(i32.const 4096) "a""#), Stack::Below(4096));
        assert_eq!(with(r#"(i32.const 4095) "a""#), Stack::Elsewhere);
        let constant = "(global $sp i32 (i32.const 4096))";
        assert_eq!(find(&format!("{constant} {USES}")), Stack::Elsewhere);
        let two = format!(
            "{POINTER} {USES} (global $b (mut i32) (i32.const 8192))
            (func (drop (i32.sub (global.get $b) (i32.const 16))))"
        );
        assert_eq!(find(&two), Stack::Elsewhere);
        assert_eq!(Stack::find(b"no module"), Stack::Elsewhere);
    }

    #[test]
    fn what_is_written_shows_once() {
        let mut stack = vec![0; 5000];
        paint(&mut stack);
        assert_eq!(used(&mut stack), 0);
        for lowest in [4999, 3000, 1024, 1023, 0] {
            stack[lowest] = 1;
            assert_eq!(used(&mut stack), 5000 - lowest);
            assert_eq!(used(&mut stack), 0, "it is painted again");
        }
        assert_eq!(used(&mut []), 0);
    }
}
