//! Values by an id of the host's: stream state by context id, callers by call id.
//!
//! A chained hash table, so that a lookup costs the same with one stream and with a hundred thousand.
//! The host counts its ids up, so their low bits are hash enough. Nodes are carved from the arena's
//! end, have stable addresses, and are reused once their value is removed.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::ptr;

use crate::arena;

/// What every node begins with.
#[repr(C)]
struct Node {
    next: *mut Node,
    id: u32,
}

/// A table whose values are behind the nodes.
struct Table {
    /// The heads of the chains, a power of two; null for the only chain of a new table, `first`.
    heads: Cell<*mut *mut Node>,
    /// How many chains there are, minus one.
    mask: Cell<usize>,
    first: Cell<*mut Node>,
    count: Cell<usize>,
    free: Cell<*mut Node>,
}

impl Table {
    const fn new() -> Self {
        Self {
            heads: Cell::new(ptr::null_mut()),
            mask: Cell::new(0),
            first: Cell::new(ptr::null_mut()),
            count: Cell::new(0),
            free: Cell::new(ptr::null_mut()),
        }
    }

    /// Where the chain of an id begins.
    #[inline(always)]
    fn chain(&self, id: u32) -> *mut *mut Node {
        let heads = self.heads.get();
        if heads.is_null() {
            return self.first.as_ptr();
        }
        heads.wrapping_add(id as usize & self.mask.get())
    }

    /// The link that leads to the node of an id, or the null at its chain's end.
    #[inline(never)]
    fn find(&self, id: u32) -> *mut *mut Node {
        let mut link = self.chain(id);
        loop {
            // SAFETY: a link lies in the table or in a node of it, and leads to a node or nowhere.
            unsafe {
                let node = *link;
                if node.is_null() || (*node).id == id {
                    return link;
                }
                link = &raw mut (*node).next;
            }
        }
    }

    /// Makes sure that the next [`Table::insert`] has a node. False if memory cannot grow.
    #[inline(never)]
    fn reserve(&self, size: usize) -> bool {
        if self.free.get().is_null() {
            let node: *mut Node = arena::carve(size).cast();
            if node.is_null() {
                return false;
            }
            // SAFETY: `carve` returned enough bytes for a node, which nothing else has.
            unsafe { (*node).next = ptr::null_mut() };
            self.free.set(node);
        }
        true
    }

    /// Puts the reserved node into the table. Null if none is reserved.
    #[inline(never)]
    fn insert(&self, id: u32) -> *mut Node {
        let node = self.free.get();
        if node.is_null() {
            return node;
        }
        if self.count.get() > self.mask.get() {
            self.widen();
        }
        self.count.set(self.count.get().wrapping_add(1));
        let link = self.chain(id);
        // SAFETY: a node of the free list is of this table, and in no chain.
        unsafe {
            self.free.set((*node).next);
            (*node).id = id;
            (*node).next = *link;
            *link = node;
        }
        node
    }

    /// Takes the node that a link leads to out of its chain.
    #[inline(never)]
    fn remove(&self, link: *mut *mut Node) {
        self.count.set(self.count.get().wrapping_sub(1));
        // SAFETY: the link leads to a node, which goes to the free list.
        unsafe {
            let node = *link;
            *link = (*node).next;
            (*node).next = self.free.get();
            self.free.set(node);
        }
    }

    /// Twice and more as many chains, if there is memory for them. The old heads are not used again: they
    /// are fewer than the new ones.
    fn widen(&self) {
        let old = self.mask.get().wrapping_add(1);
        let new = old.wrapping_mul(4);
        let heads: *mut *mut Node = arena::carve(new.wrapping_mul(size_of::<*mut Node>())).cast();
        if heads.is_null() {
            return;
        }
        let mut nodes: *mut Node = ptr::null_mut();
        for id in 0..old {
            let link = self.chain(id as u32);
            // SAFETY: every node of every chain, once each, gathered in one list.
            unsafe {
                while !(*link).is_null() {
                    let node = *link;
                    *link = (*node).next;
                    (*node).next = nodes;
                    nodes = node;
                }
            }
        }
        // SAFETY: `carve` returned room for so many heads.
        unsafe { ptr::write_bytes(heads, 0, new) };
        self.heads.set(heads);
        self.mask.set(new.wrapping_sub(1));
        // SAFETY: the gathered nodes are in no chain now.
        unsafe {
            while !nodes.is_null() {
                let node = nodes;
                nodes = (*node).next;
                let link = self.chain((*node).id);
                (*node).next = *link;
                *link = node;
            }
        }
    }
}

/// Values of one type by the host's ids.
#[doc(hidden)]
pub struct Slots<T> {
    table: Table,
    values: core::marker::PhantomData<T>,
}

#[repr(C)]
struct Slot<T> {
    node: Node,
    value: T,
}

impl<T: 'static> Slots<T> {
    /// The size of a node with its value.
    const SIZE: usize = {
        assert!(align_of::<Slot<T>>() <= 16, "state is aligned to 16 bytes at most");
        size_of::<Slot<T>>().next_multiple_of(16)
    };

    /// An empty table.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { table: Table::new(), values: core::marker::PhantomData }
    }

    /// The value of an id; null without one. It stays where it is until it is removed.
    #[inline(always)]
    pub(crate) fn get(&self, id: u32) -> *mut T {
        // SAFETY: `find` returns a link that can be read.
        let node = unsafe { *self.table.find(id) };
        if node.is_null() { ptr::null_mut() } else { Self::value(node) }
    }

    /// Makes sure that the next [`Slots::insert`] succeeds; false if memory cannot grow.
    #[inline(always)]
    pub(crate) fn reserve(&self) -> bool {
        self.table.reserve(Self::SIZE)
    }

    /// Keeps a value under an id that has none; null if there is no memory for it.
    #[inline(always)]
    pub(crate) fn insert(&self, id: u32, value: T) -> *mut T {
        if !self.reserve() {
            return ptr::null_mut();
        }
        let node = self.table.insert(id);
        if node.is_null() {
            return ptr::null_mut();
        }
        let place = Self::value(node);
        // SAFETY: the node was carved with room for a value, and has none.
        unsafe { place.write(value) };
        place
    }

    /// The value of an id, which is made if there is none; null if there is no memory for it.
    #[inline(always)]
    pub(crate) fn get_or_insert(&self, id: u32, make: impl FnOnce() -> T) -> *mut T {
        let value = self.get(id);
        if value.is_null() { self.insert(id, make()) } else { value }
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
        let link = self.table.find(id);
        // SAFETY: `find` returns a link that can be read.
        let node = unsafe { *link };
        if node.is_null() {
            return None;
        }
        // SAFETY: a node in a chain has a value, which leaves it here.
        let value = unsafe { Self::value(node).read() };
        self.table.remove(link);
        Some(value)
    }

    #[inline(always)]
    fn value(node: *mut Node) -> *mut T {
        let slot: *mut Slot<T> = node.cast();
        // SAFETY: every node of this table was carved for a `Slot<T>`.
        unsafe { &raw mut (*slot).value }
    }
}

impl<T> core::fmt::Debug for Slots<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slots").field("count", &self.table.count.get()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_again_and_their_nodes_reused() {
        let slots = Slots::<u64>::new();
        assert!(slots.get(1).is_null());
        for round in 0..3 {
            for id in 0..1000_u32 {
                let place = slots.insert(id * 4, u64::from(id) + round);
                assert!(!place.is_null());
            }
            for id in 0..1000_u32 {
                // SAFETY: the value is there, and nothing else refers to it.
                assert_eq!(unsafe { *slots.get(id * 4) }, u64::from(id) + round);
                assert!(slots.get(id * 4 + 1).is_null());
            }
            for id in (0..1000_u32).rev() {
                assert_eq!(slots.remove(id * 4), Some(u64::from(id) + round));
                assert_eq!(slots.remove(id * 4), None);
            }
        }
        assert_eq!(slots.table.count.get(), 0);
    }

    #[test]
    fn a_value_keeps_its_place_while_others_come() {
        let slots = Slots::<[u8; 5]>::new();
        let place = slots.get_or_insert(7, || *b"first");
        for id in 8..500 {
            slots.insert(id, *b"other");
        }
        assert_eq!(slots.get_or_insert(7, || *b"again"), place);
        // SAFETY: as above.
        assert_eq!(unsafe { *place }, *b"first");
    }
}
