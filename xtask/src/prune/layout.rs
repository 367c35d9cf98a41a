//! Where data lies: what is used most gets the addresses that take the fewest bytes.
//!
//! A constant below 64 takes one byte, an offset below 128; then it is two. Zeros cost nothing if no
//! other data lies before them. The relocations say where every address of data is written, so data
//! can move: symbols that share bytes together, everything else on its own. Each keeps the alignment
//! that it can have been given: a power of two that divides its address and, as of everything in
//! Rust, its size. A constant without a name has no place that matters, so it can lie within another
//! of the same bytes.

use std::collections::BTreeMap;

use walrus::ir::{Const, Instr, Value};

use super::image::Image;
use super::relocations::{Reference, Relocations};
use super::tree::{Expr, Tree};

/// What moves as a whole.
#[derive(Debug)]
struct Chunk {
    start: u32,
    end: u32,
    uses: usize,
    /// Whether it needs no bytes in the module.
    zero: bool,
    /// Whether another of the same bytes does as well.
    constant: bool,
    /// Where it goes.
    to: u32,
}

impl Chunk {
    fn size(&self) -> u32 {
        self.end - self.start
    }

    fn alignment(&self) -> u32 {
        1 << self.start.trailing_zeros().min(self.size().trailing_zeros())
    }
}

/// Moves data down to `base`, from where on memory is free; `None` is where it begins now. Where anything is not understood,
/// everything stays.
pub fn pack(trees: &mut [Tree], relocations: &Relocations, image: &mut Image, base: Option<u32>) {
    let Some(chunks) = plan(trees, relocations, image, base) else { return };
    let Some(bytes) = moved(image, relocations, &chunks) else { return };
    let mut relocations = relocations.clone();
    relocations.move_symbols(|address| to(&chunks, address));
    if uses(trees).any(|reference| relocations.address(reference).is_none()) {
        return;
    }
    image.bytes = bytes;
    for expr in trees.iter_mut().flat_map(|tree| &mut tree.body) {
        expr.visit_mut(&mut |expr| set_address(expr, &relocations));
    }
}

fn uses(trees: &[Tree]) -> impl Iterator<Item = Reference> {
    let mut uses = Vec::new();
    for expr in trees.iter().flat_map(|tree| &tree.body) {
        expr.visit(&mut |expr| uses.extend(expr.place));
    }
    uses.into_iter()
}

fn set_address(expr: &mut Expr, relocations: &Relocations) {
    let Some(address) = expr.place.and_then(|reference| relocations.address(reference)) else {
        return;
    };
    match &mut expr.instr {
        Instr::Const(Const { value }) => *value = Value::I32(address.cast_signed()),
        Instr::Load(load) => load.arg.offset = address.into(),
        Instr::Store(store) => store.arg.offset = address.into(),
        _ => {}
    }
}

/// Where everything goes that is used.
fn plan(
    trees: &[Tree],
    relocations: &Relocations,
    image: &Image,
    base: Option<u32>,
) -> Option<Vec<Chunk>> {
    let mut chunks = chunks(relocations)?;
    let mut used: Vec<Reference> = uses(trees).collect();
    // What data holds the address of may be used as well.
    used.extend(relocations.data.iter().map(|(_, reference)| *reference));
    for reference in used {
        let symbol = relocations.symbols.get(reference.symbol)?.as_ref()?;
        if symbol.fixed && symbol.size > 0 {
            return None;
        }
        if !symbol.fixed {
            let chunk = chunks.iter_mut().find(|chunk| holds(chunk, symbol.address))?;
            chunk.uses += 1;
        }
    }
    for (at, byte) in (0..).zip(&image.bytes) {
        if *byte != 0 {
            chunks.iter_mut().find(|chunk| holds(chunk, at))?.zero = false;
        }
    }
    // Words that hold an address.
    for (at, _) in &relocations.data {
        let chunk = chunks.iter_mut().find(|chunk| holds(chunk, *at))?;
        chunk.zero = false;
        chunk.constant = false;
    }
    let lowest = chunks.first()?.start;
    chunks.retain(|chunk| chunk.uses > 0);

    // A constant that is a part of another needs no place of its own.
    let parts: Vec<bool> = chunks
        .iter()
        .map(|chunk| chunks.iter().any(|outer| within(image, chunk, outer).is_some()))
        .collect();
    let mut parts = parts.into_iter();
    let inner: Vec<Chunk> =
        chunks.extract_if(.., |_| parts.next().is_some_and(|part| part)).collect();

    // Zeros that are used much, then what takes bytes, then large tables of zeros.
    const LARGE: u32 = 32;
    let class = |chunk: &Chunk| match (chunk.zero, chunk.size() > LARGE) {
        (true, false) => 0,
        (false, _) => 1,
        (true, true) => 2,
    };
    chunks.sort_by(|a, b| {
        let density = |a: &Chunk, b: &Chunk| a.uses as u64 * u64::from(b.size());
        class(a).cmp(&class(b)).then_with(|| density(b, a).cmp(&density(a, b)))
    });
    let end = chunks.iter().map(|chunk| chunk.end).max()?;
    let mut placed = Vec::new();
    let mut next = base.unwrap_or(lowest);
    while let Some(first) = chunks.first() {
        // Gaps cost as much as data: rather the next that fits.
        let mut same = chunks.iter().take_while(|chunk| class(chunk) == class(first));
        let fits = same.position(|chunk| next.is_multiple_of(chunk.alignment()));
        let mut chunk = chunks.remove(fits.unwrap_or(0));
        chunk.to = next.checked_next_multiple_of(chunk.alignment())?;
        next = chunk.to.checked_add(chunk.size())?;
        placed.push(chunk);
    }
    for mut chunk in inner {
        let (outer, offset) = placed.iter().find_map(|outer| within(image, &chunk, outer))?;
        chunk.to = outer + offset;
        chunk.uses = 0;
        placed.push(chunk);
    }
    (next <= end).then_some(placed)
}

/// Where a constant is found in another: the other's place, and how far in.
fn within(image: &Image, chunk: &Chunk, outer: &Chunk) -> Option<(u32, u32)> {
    let bytes = |chunk: &Chunk| image.bytes.get(chunk.start as usize..chunk.end as usize);
    let (own, others) = (bytes(chunk)?, bytes(outer)?);
    // Of two that are the same, the first stays.
    let larger = (outer.size(), chunk.start) > (chunk.size(), outer.start);
    if !(chunk.constant && outer.constant && larger) {
        return None;
    }
    let aligned = |offset: &u32| {
        let alignment = chunk.alignment();
        outer.alignment() >= alignment && offset.is_multiple_of(alignment)
    };
    let offsets = (0..).zip(others.windows(own.len()));
    let mut found = offsets.filter(|(_, window)| *window == own).map(|(offset, _)| offset);
    Some((outer.to, found.find(aligned)?))
}

fn holds(chunk: &Chunk, address: u32) -> bool {
    (chunk.start..chunk.end).contains(&address)
}

/// Symbols, together with those that share bytes with them.
fn chunks(relocations: &Relocations) -> Option<Vec<Chunk>> {
    let mut ends: BTreeMap<u32, (u32, bool)> = BTreeMap::new();
    for symbol in relocations.symbols.iter().flatten().filter(|symbol| !symbol.fixed) {
        // One without a size may stand for anything.
        if symbol.size == 0 {
            return None;
        }
        let (end, constant) = ends.entry(symbol.address).or_insert((0, true));
        *end = (*end).max(u32::try_from(symbol.end()).ok()?);
        *constant &= symbol.constant;
    }
    let mut chunks: Vec<Chunk> = Vec::new();
    for (start, (end, constant)) in ends {
        match chunks.last_mut() {
            Some(last) if start < last.end => {
                last.end = last.end.max(end);
                last.constant &= constant;
            }
            _ => chunks.push(Chunk { start, end, uses: 0, zero: true, constant, to: 0 }),
        }
    }
    Some(chunks)
}

fn to(chunks: &[Chunk], address: u32) -> Option<u32> {
    let chunk = chunks.iter().find(|chunk| holds(chunk, address))?;
    Some(chunk.to + (address - chunk.start))
}

/// The memory after the move.
fn moved(image: &Image, relocations: &Relocations, chunks: &[Chunk]) -> Option<Vec<u8>> {
    let mut old = image.bytes.clone();
    let end = chunks.iter().map(|chunk| chunk.end).max()?;
    old.resize(old.len().max(end as usize), 0);
    for (at, reference) in &relocations.data {
        let symbol = relocations.symbols.get(reference.symbol)?.as_ref()?;
        // What has become a global, or nobody uses, does not move.
        if symbol.fixed || to(chunks, *at).is_none() {
            continue;
        }
        let word = old.get_mut(*at as usize..*at as usize + 4)?;
        let address = i64::from(to(chunks, symbol.address)?) + reference.addend;
        word.copy_from_slice(&u32::try_from(address).ok()?.to_le_bytes());
    }
    let end = chunks.iter().map(|chunk| chunk.to + chunk.size()).max()?;
    let mut new = vec![0; end as usize];
    for chunk in chunks {
        let bytes = &old[chunk.start as usize..chunk.end as usize];
        new[chunk.to as usize..][..bytes.len()].copy_from_slice(bytes);
    }
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_is, linked};
    use super::super::tree;
    use super::*;

    /// A word of zeros behind a text, a table of pointers, and something large.
    const SYMBOLS: [(u32, u32); 4] = [(1024, 3), (1028, 4), (1032, 4), (1040, 8192)];
    const WAT: &str = r#"(module (memory (export "memory") 1)
        (func (export "e") (result i32)
            (drop (i32.load offset=1028 (i32.const 0)))
            (drop (i32.load offset=1028 (i32.const 0)))
            (drop (i32.load offset=1032 (i32.const 0)))
            (drop (i32.load offset=1032 (i32.const 0)))
            (drop (i32.load offset=1048 (i32.const 0)))
            (i32.const 1026))
        (data (i32.const 1024) "abc") (data (i32.const 1032) "\01\04"))"#;

    fn packed(base: Option<u32>, change: impl FnOnce(&mut Relocations)) -> walrus::Module {
        let (mut module, mut relocations) = linked(WAT, &SYMBOLS);
        relocations.data.push((1032, Reference { symbol: 0, addend: 1 }));
        change(&mut relocations);
        let mut image = Image::take(&mut module).expect("data");
        let mut trees = tree::read(&module, &relocations).expect("known instructions");
        pack(&mut trees, &relocations, &mut image, base);
        tree::write(&mut module, trees);
        image.put(&mut module);
        module
    }

    #[test]
    fn zeros_come_first_then_what_is_used_most_then_large_zeros() {
        assert_is(
            packed(Some(8), |_| {}),
            r#"(module (memory (export "memory") 1)
                (func (export "e") (result i32)
                    (drop (i32.load offset=8 (i32.const 0)))
                    (drop (i32.load offset=8 (i32.const 0)))
                    (drop (i32.load offset=16 (i32.const 0)))
                    (drop (i32.load offset=16 (i32.const 0)))
                    (drop (i32.load offset=40 (i32.const 0)))
                    (i32.const 14))
                (data (i32.const 12) "abc\00\0d"))"#,
        );
    }

    #[test]
    fn what_is_aligned_stays_so() {
        let module = |at: u32| {
            format!(
                r#"(module (memory (export "memory") 1)
                    (func (export "e") (result i32) (i32.const {at})) (data (i32.const {at}) "a"))"#
            )
        };
        for (from, to) in [(4096, 64), (4112, 16), (4120, 8)] {
            let (mut found, relocations) = linked(&module(from), &[(from, 64)]);
            let mut image = Image::take(&mut found).expect("data");
            let mut trees = tree::read(&found, &relocations).expect("known instructions");
            pack(&mut trees, &relocations, &mut image, Some(8));
            tree::write(&mut found, trees);
            image.put(&mut found);
            assert_is(found, &module(to));
        }
    }

    #[test]
    fn a_constant_that_is_a_part_of_another_needs_no_bytes() {
        let module = |first: u32, second: u32, data: &str| {
            format!(
                r#"(module (memory (export "memory") 1)
                    (func (export "e") (result i32)
                        (drop (i32.const {first})) (i32.const {second}))
                    (data (i32.const 8) "{data}"))"#
            )
        };
        let packed = |constant: bool| {
            let (mut found, mut relocations) =
                linked(&module(8, 11, "bcdabcde"), &[(8, 3), (11, 5)]);
            for symbol in relocations.symbols.iter_mut().flatten() {
                symbol.constant = constant;
            }
            let mut image = Image::take(&mut found).expect("data");
            let mut trees = tree::read(&found, &relocations).expect("known instructions");
            pack(&mut trees, &relocations, &mut image, Some(8));
            tree::write(&mut found, trees);
            image.put(&mut found);
            found
        };
        assert_is(packed(true), &module(9, 8, "abcde"));
        assert_is(packed(false), &module(8, 11, "bcdabcde"));
    }

    #[test]
    fn what_is_known_outside_or_not_known_at_all_moves_nothing() {
        assert_is(packed(None, |known| known.symbols[3].as_mut().expect("data").fixed = true), WAT);
        assert_is(packed(None, |known| known.symbols[3].as_mut().expect("data").size = 0), WAT);
        // Data without a name.
        assert_is(packed(None, |known| known.symbols[0].as_mut().expect("data").size = 1), WAT);
    }
}
