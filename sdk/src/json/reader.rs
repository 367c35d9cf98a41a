//! The text, from where it has been read.

use core::mem;

use super::error::{Error, Name, Problem, Result, Wrong};
use super::{MOST_NESTED, number, string};

/// The text from here on, and where in it that is.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    left: &'a mut [u8],
    /// How many bytes were read, of this line those after `line_start`.
    read: u32,
    line: u32,
    line_start: u32,
    /// Where the last item begins.
    mark: u32,
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
            read: 0,
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
    pub(super) fn end(&mut self) -> Result<()> {
        self.leave(0)?;
        self.space();
        self.name = b"";
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("nothing more")),
        }
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.left.first().copied()
    }

    /// The next bytes, which are no lines.
    pub(super) fn take(&mut self, size: usize) -> &'a mut [u8] {
        match mem::take(&mut self.left).split_at_mut_checked(size) {
            Some((taken, left)) => {
                self.left = left;
                self.read = self.read.wrapping_add(size as u32);
                taken
            }
            None => &mut [],
        }
    }

    /// The bytes that have not been read.
    pub(super) fn left(&mut self) -> &mut [u8] {
        self.left
    }

    /// Takes a byte, if it is this one.
    pub(super) fn takes(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        if there {
            self.take(1);
        }
        there
    }

    fn space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.take(1);
            if byte == b'\n' {
                self.line = self.line.wrapping_add(1);
                self.line_start = self.read;
            }
        }
    }

    /// Something else than what is next is expected there.
    #[inline(never)]
    pub(super) fn expected(&mut self, what: &'static str) -> Wrong {
        self.mark = self.read;
        self.wrong(Problem::Expected(what))
    }

    /// Something is wrong where the last item begins.
    #[inline(never)]
    pub(super) fn wrong(&mut self, problem: Problem) -> Wrong {
        self.problem = problem;
        Wrong::NOTED
    }

    /// What was wrong last.
    pub(super) fn error(&self) -> Error {
        let name = match self.problem {
            Problem::Missing(_) => b"",
            _ => self.name,
        };
        Error {
            line: self.line,
            column: self.mark.wrapping_sub(self.line_start).wrapping_add(1),
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
        let object = self.peek() == Some(b'{');
        self.take(1);
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
            Some(b'{' | b'[') => self.enter(),
            Some(b'"') => string::read(self).map(drop),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => number::read(self).map(drop),
        }
    }

    pub(super) fn word(&mut self, word: &'static [u8]) -> Result<()> {
        if !self.left.starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.take(word.len());
        Ok(())
    }

    /// To the next item of the container that it is in, or to its end, which leaves it.
    #[inline(never)]
    pub(super) fn advance(&mut self) -> Result<Item> {
        self.space();
        let object = self.objects & 1 == 1;
        let fresh = mem::take(&mut self.fresh);
        if self.takes(if object { b'}' } else { b']' }) {
            self.mark = self.read.wrapping_sub(1);
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
            if self.peek() != Some(b'"') {
                return Err(self.expected("a field's name in quotes"));
            }
            self.name = string::read(self)?;
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
        self.mark = self.read;
        self.pending = true;
    }
}
