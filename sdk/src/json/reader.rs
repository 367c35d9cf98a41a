//! The text, from where it has been read.

use core::mem;

use super::error::{Error, Name, Problem, Result, Wrong};
use super::{MOST_NESTED, number};

/// The text from here on, and where in it that is.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    /// What has not been handed out, and of it where the next byte is.
    left: &'a mut [u8],
    next: usize,
    /// Where the text ends that has been decoded.
    decoded: usize,
    /// What comes before all that is left.
    before: usize,
    line: u32,
    /// Where the line begins, and the last item: both with what comes before.
    line_start: usize,
    mark: usize,
    /// The name of the last field.
    name: &'a [u8],
    /// How deep it is, and for each depth, from the lowest bit on, whether that is an object.
    depth: u32,
    objects: u64,
    /// Whether a container has just begun.
    fresh: bool,
    /// Whether the last item's value has not been read.
    pending: bool,
    /// What was wrong last.
    problem: Problem,
}

/// What an object or a list has next.
pub(super) enum Item {
    Value,
    End,
}

impl<'a> Reader<'a> {
    pub(super) fn new(left: &'a mut [u8]) -> Self {
        let mut reader = Self {
            left,
            next: 0,
            decoded: 0,
            before: 0,
            line: 1,
            line_start: 0,
            mark: 0,
            name: b"",
            depth: 0,
            objects: 0,
            fresh: false,
            pending: true,
            problem: Problem::Unknown,
        };
        reader.begin_value();
        reader
    }

    /// All has been read: an error if there is more, or a value that is none.
    #[inline(never)]
    pub(super) fn end(&mut self) -> Result<()> {
        self.leave(0)?;
        self.space();
        self.name = b"";
        // A zero is something more as well.
        if self.next < self.left.len() {
            return Err(self.expected("nothing more"));
        }
        Ok(())
    }

    /// The next byte; 0, which is nowhere in JSON, at the end. (One word, where an `Option` would go through
    /// memory.)
    #[inline(never)]
    pub(super) fn peek(&self) -> u8 {
        self.left.get(self.next).copied().unwrap_or(0)
    }

    /// To the byte after the next one.
    pub(super) fn step(&mut self) {
        self.next = self.next.wrapping_add(1);
    }

    /// Takes the next byte.
    #[inline(never)]
    pub(super) fn take(&mut self) -> u8 {
        let byte = self.peek();
        self.step();
        byte
    }

    /// Takes a byte, if it is this one.
    #[inline(never)]
    pub(super) fn takes(&mut self, byte: u8) -> bool {
        let there = self.peek() == byte;
        if there {
            self.step();
        }
        there
    }

    /// Where the next byte is, in what has not been handed out.
    pub(super) fn next(&self) -> usize {
        self.next
    }

    /// Back to a byte that `next` was at.
    pub(super) fn back(&mut self, to: usize) {
        self.next = to;
    }

    /// A text begins with the next byte: where that is.
    pub(super) fn begin_text(&mut self) -> usize {
        self.decoded = self.next;
        self.next
    }

    /// Writes a byte of a text, over bytes that have been read.
    #[inline(never)]
    pub(super) fn put(&mut self, byte: u8) {
        if let Some(place) = self.left.get_mut(self.decoded) {
            *place = byte;
            self.decoded = self.decoded.wrapping_add(1);
        }
    }

    /// Hands out a text that began there. Nothing that has been read until now is read again.
    pub(super) fn end_text(&mut self, start: usize) -> &'a [u8] {
        let next = mem::take(&mut self.next);
        self.before = self.before.wrapping_add(next);
        match mem::take(&mut self.left).split_at_mut_checked(next) {
            Some((read, left)) => {
                self.left = left;
                read.get(start..self.decoded).unwrap_or_default()
            }
            None => &[],
        }
    }

    /// How many bytes have been read.
    fn read(&self) -> usize {
        self.before.wrapping_add(self.next)
    }

    #[inline(never)]
    fn space(&mut self) {
        while let byte @ (b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.step();
            if byte == b'\n' {
                self.line = self.line.wrapping_add(1);
                self.line_start = self.read();
            }
        }
    }

    /// Something else than what is next is expected there.
    #[inline(never)]
    pub(super) fn expected(&mut self, what: &'static str) -> Wrong {
        self.mark = self.read();
        self.wrong(Problem::Expected(what))
    }

    /// Something is wrong where the last item begins.
    #[inline(never)]
    pub(super) fn wrong(&mut self, problem: Problem) -> Wrong {
        self.problem = problem;
        Wrong::NOTED
    }

    /// What was wrong last.
    #[inline(never)]
    pub(super) fn error(&self) -> Error {
        let name = match self.problem {
            Problem::Missing(_) | Problem::Contradiction(_) => b"",
            _ => self.name,
        };
        Error {
            line: self.line,
            column: (self.mark.wrapping_sub(self.line_start) as u32).wrapping_add(1),
            name: Name::new(name),
            problem: self.problem,
        }
    }

    /// The last item's value is read now.
    pub(super) fn reads(&mut self) {
        self.pending = false;
    }

    /// How deep the container is that it is in.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    pub(super) fn name(&self) -> &'a [u8] {
        self.name
    }

    /// Enters an object or a list, whose first byte is next.
    pub(super) fn enter(&mut self) -> Result<()> {
        if self.depth == MOST_NESTED {
            return Err(self.expected("less nesting"));
        }
        let object = self.peek() == b'{';
        self.step();
        self.objects = self.objects << 1 | u64::from(object);
        self.depth = self.depth.wrapping_add(1);
        self.fresh = true;
        Ok(())
    }

    /// Reads on, without handing anything out, until it is no deeper than this, and the last value there
    /// has been read.
    pub(super) fn leave(&mut self, depth: u32) -> Result<()> {
        while self.depth > depth || self.pending {
            if mem::take(&mut self.pending) {
                self.pass()?;
            } else {
                self.advance()?;
            }
        }
        Ok(())
    }

    /// Reads a value that is no container, or enters it.
    fn pass(&mut self) -> Result<()> {
        match self.peek() {
            b'{' | b'[' => self.enter(),
            b'"' => self.text().map(drop),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => number::read(self).map(drop),
        }
    }

    pub(super) fn word(&mut self, word: &'static str) -> Result<()> {
        for byte in word.bytes() {
            if !self.takes(byte) {
                return Err(self.expected("a value"));
            }
        }
        Ok(())
    }

    /// To the next item of the container that it is in, or to its end, which leaves it.
    #[inline(never)]
    pub(super) fn advance(&mut self) -> Result<Item> {
        self.space();
        let object = self.objects & 1 == 1;
        let fresh = mem::take(&mut self.fresh);
        if self.takes(if object { b'}' } else { b']' }) {
            self.mark = self.read().wrapping_sub(1);
            self.objects >>= 1;
            self.depth = self.depth.wrapping_sub(1);
            return Ok(Item::End);
        }
        if !fresh {
            if !self.takes(b',') {
                return Err(self.expected(if object { "a comma or }" } else { "a comma or ]" }));
            }
            self.space();
        }
        if object {
            if self.peek() != b'"' {
                return Err(self.expected("a field's name in quotes"));
            }
            self.name = self.text()?;
            self.space();
            if !self.takes(b':') {
                return Err(self.expected("a colon"));
            }
        }
        self.begin_value();
        Ok(Item::Value)
    }

    fn begin_value(&mut self) {
        self.space();
        self.mark = self.read();
        self.pending = true;
    }
}
