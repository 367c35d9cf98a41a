//! Values by an id of the host's: stream state by context id, callers by call id.
//!
//! A chained hash table of a fixed width, so that a lookup costs much the same with one stream and with
//! a hundred thousand. The host counts its ids up, so their low bits are hash enough. Nodes are carved
//! from the arena, have stable addresses, and are reused once their value is removed.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr;

use crate::arena;

/// What every node begins with.
#[repr(C)]
struct Node {
    next: *mut Node,
    id: u32,
}

/// Where the chain of an id begins.
#[inline(always)]
fn head(heads: &[Cell<*mut Node>], id: u32) -> *mut *mut Node {
    // A power of two.
    let mask = heads.len().wrapping_sub(1);
    heads.as_ptr().wrapping_add(id as usize & mask).cast_mut().cast()
}

/// The link that leads to the node of an id, or the null at its chain's end.
#[inline(never)]
fn find(heads: &[Cell<*mut Node>], id: u32) -> *mut *mut Node {
    let mut link = head(heads, id);
    loop {
        // SAFETY: a link is one of the heads or lies in a node, and leads to a node or nowhere.
        unsafe {
            let node = *link;
            if node.is_null() || (*node).id == id {
                return link;
            }
            link = &raw mut (*node).next;
        }
    }
}

/// Nodes of one size that are free.
struct Free {
    /// Those that were used before.
    used: Cell<*mut Node>,
    /// Those that were not, side by side.
    fresh: Cell<*mut u8>,
    fresh_end: Cell<*mut u8>,
}

impl Free {
    /// How many nodes are carved at once: what a callback had received before them stays, too.
    const BATCH: usize = 32;

    const fn new() -> Self {
        Self {
            used: Cell::new(ptr::null_mut()),
            fresh: Cell::new(ptr::null_mut()),
            fresh_end: Cell::new(ptr::null_mut()),
        }
    }

    /// Makes sure that there is one among those that were used. False if memory cannot grow.
    #[inline(never)]
    fn reserve(&self, size: usize) -> bool {
        if !self.used.get().is_null() {
            return true;
        }
        let mut node = self.fresh.get();
        if node == self.fresh_end.get() {
            let batch = size.wrapping_mul(Self::BATCH);
            node = arena::carve(batch);
            if node.is_null() {
                return false;
            }
            self.fresh_end.set(node.wrapping_add(batch));
        }
        self.fresh.set(node.wrapping_add(size));
        let node: *mut Node = node.cast();
        // SAFETY: `carve` returned enough for it, which nothing else has.
        unsafe { (*node).next = ptr::null_mut() };
        self.used.set(node);
        true
    }

    /// Takes one for an id, and puts it at the head of its chain. Null if memory cannot grow.
    #[inline(never)]
    fn take(&self, heads: &[Cell<*mut Node>], id: u32, size: usize) -> *mut Node {
        if !self.reserve(size) {
            return ptr::null_mut();
        }
        let node = self.used.get();
        let head = head(heads, id);
        // SAFETY: a free node is in no chain; a head can be read and written.
        unsafe {
            self.used.set((*node).next);
            (*node).id = id;
            (*node).next = *head;
            *head = node;
        }
        node
    }

    /// Takes the node that a link leads to out of its chain, and returns it: it is free, with its
    /// value still there. Null if the link leads nowhere.
    #[inline(never)]
    fn put(&self, link: *mut *mut Node) -> *mut Node {
        // SAFETY: a link can be read, and what it leads to is a node.
        unsafe {
            let node = *link;
            if !node.is_null() {
                *link = (*node).next;
                (*node).next = self.used.get();
                self.used.set(node);
            }
            node
        }
    }
}

/// Values of one type by the host's ids, in so many chains: a power of two.
#[doc(hidden)]
pub struct Slots<T, const HEADS: usize> {
    free: Free,
    heads: [Cell<*mut Node>; HEADS],
    values: PhantomData<T>,
}

/// As many chains as make a hundred thousand streams hardly slower than one. They take 8 KiB, and no
/// byte of a module.
pub const MANY: usize = 2048;
/// Enough for plugin contexts.
pub const FEW: usize = 8;

#[repr(C)]
struct Slot<T> {
    node: Node,
    value: T,
}

impl<T: 'static, const HEADS: usize> Slots<T, HEADS> {
    /// The size of a node with its value.
    const SIZE: usize = {
        assert!(align_of::<Slot<T>>() <= 16, "state is aligned to 16 bytes at most");
        size_of::<Slot<T>>()
    };

    /// An empty table.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            free: Free::new(),
            heads: [const { Cell::new(ptr::null_mut()) }; HEADS],
            values: PhantomData,
        }
    }

    /// The value of an id; null without one. It stays where it is until it is removed.
    #[inline(always)]
    pub(crate) fn get(&self, id: u32) -> *mut T {
        // SAFETY: `find` returns a link that can be read.
        Self::value(unsafe { *find(&self.heads, id) })
    }

    /// Makes sure that the next [`Slots::insert`] succeeds; false if memory cannot grow.
    #[inline(always)]
    pub(crate) fn reserve(&self) -> bool {
        self.free.reserve(Self::SIZE)
    }

    /// Keeps a value under an id that has none: its place. Null if there is no memory for it.
    #[inline(always)]
    pub(crate) fn insert(&self, id: u32, make: impl FnOnce() -> T) -> *mut T {
        let place = Self::value(self.free.take(&self.heads, id, Self::SIZE));
        if !place.is_null() {
            // SAFETY: the node was carved with room for a value, and has none.
            unsafe { place.write(make()) };
        }
        place
    }

    /// Keeps a value under an id, unless it has one: its place either way. Null if there is no memory
    /// for it.
    #[inline(always)]
    pub(crate) fn get_or_insert(&self, id: u32, make: impl FnOnce() -> T) -> *mut T {
        let value = self.get(id);
        if value.is_null() { self.insert(id, make) } else { value }
    }

    /// A copy of the value of an id.
    #[inline(always)]
    pub(crate) fn copy(&self, id: u32) -> Option<T>
    where
        T: Copy,
    {
        // SAFETY: the value is there, and whoever has a `&mut` to one of this type runs alone.
        unsafe { self.get(id).as_ref() }.copied()
    }

    /// Removes the value of an id, if there is one.
    #[inline(always)]
    pub(crate) fn remove(&self, id: u32) -> Option<T> {
        let value = Self::value(self.free.put(find(&self.heads, id)));
        // SAFETY: a node that was in a chain has a value, which leaves it here.
        if value.is_null() { None } else { Some(unsafe { value.read() }) }
    }

    /// Where the value of a node is; null of none.
    #[inline(always)]
    fn value(node: *mut Node) -> *mut T {
        if node.is_null() {
            return ptr::null_mut();
        }
        let slot: *mut Slot<T> = node.cast();
        // SAFETY: every node of this table was carved for a `Slot<T>`.
        unsafe { &raw mut (*slot).value }
    }
}

impl<T, const HEADS: usize> core::fmt::Debug for Slots<T, HEADS> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slots").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_again_and_their_nodes_reused() {
        let slots = Slots::<u64, 8>::new();
        assert!(slots.get(1).is_null());
        for round in 0..3 {
            for id in 0..1000_u32 {
                let place = slots.get_or_insert(id * 4, || u64::from(id) + round);
                assert!(!place.is_null());
            }
            for id in 0..1000_u32 {
                assert_eq!(slots.copy(id * 4), Some(u64::from(id) + round));
                assert!(slots.get(id * 4 + 1).is_null());
            }
            for id in (0..1000_u32).rev() {
                assert_eq!(slots.remove(id * 4), Some(u64::from(id) + round));
                assert_eq!(slots.remove(id * 4), None);
            }
        }
    }

    #[test]
    fn a_value_keeps_its_place_while_others_come() {
        let slots = Slots::<[u8; 5], 4>::new();
        let place = slots.get_or_insert(7, || *b"first");
        for id in 8..500 {
            slots.get_or_insert(id, || *b"other");
        }
        assert_eq!(slots.get_or_insert(7, || *b"again"), place);
        assert_eq!(slots.copy(7), Some(*b"first"));
    }

    #[test]
    fn memory_that_cannot_grow_is_null_and_what_is_there_stays() {
        let slots = Slots::<[u8; 1000], 4>::new();
        let kept = (0..).take_while(|id| !slots.get_or_insert(*id, || [7; 1000]).is_null()).count();
        assert!((32..65).contains(&kept), "{kept}");
        assert_eq!(slots.copy(0), Some([7; 1000]));
        slots.remove(0);
        assert!(!slots.get_or_insert(99, || [8; 1000]).is_null());
    }
}
