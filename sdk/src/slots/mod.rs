//! Values by an id of the host's: stream state by context id, callers by call id.
//!
//! A chained hash table of a fixed width: up to some thousand streams at once a lookup costs the same, and of a
//! hundred thousand it walks a dozen nodes on average (`cargo xtask bench growth`). The host counts its ids up,
//! so their low bits are hash enough. Nodes are carved from the arena, have stable addresses, and are reused
//! once their value is removed.
#![allow(unsafe_code)]

mod family;

use core::cell::Cell;
use core::hint::assert_unchecked;
use core::marker::PhantomData;
use core::ptr;

use crate::arena;
use crate::global::Place;
pub use family::Family;

/// What every node begins with.
#[doc(hidden)]
#[derive(Debug)]
#[repr(C)]
pub struct Node {
    next: *mut Node,
    id: u32,
}

/// The link that leads to the node of an id, or the null at its chain's end.
#[inline]
fn find(heads: &[Cell<*mut Node>], id: u32) -> *mut *mut Node {
    // A power of two.
    let mask = heads.len().wrapping_sub(1);
    let mut link: *mut *mut Node =
        heads.as_ptr().wrapping_add(id as usize & mask).cast_mut().cast();
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

/// Puts a node of an id, which is in no chain, at the beginning of its chain.
#[inline(always)]
fn chain(heads: &[Cell<*mut Node>], id: u32, node: *mut Node) {
    // A power of two.
    let mask = heads.len().wrapping_sub(1);
    if let Some(head) = heads.get(id as usize & mask) {
        // SAFETY: it is a node, which nothing else refers to.
        unsafe {
            (*node).id = id;
            (*node).next = head.replace(node);
        }
    }
}

/// The node that a link leads to; null at a chain's end.
#[inline(always)]
fn follow(link: *mut *mut Node) -> *mut Node {
    // SAFETY: whoever has a link got it from `find`, and nothing has moved since.
    unsafe { *link }
}

/// A node that stays, of so many bytes; `None` if memory cannot grow.
#[inline(always)]
fn carve(size: usize, align: usize) -> Option<*mut Node> {
    arena::carve(size, align).map(|node| node.as_ptr().cast())
}

/// Nodes of one size that are free.
#[doc(hidden)]
pub struct Free {
    /// Those that were used before.
    used: Cell<*mut Node>,
    /// Those that were not, side by side.
    fresh: Cell<*mut u8>,
    fresh_end: Cell<*mut u8>,
}

impl Free {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            used: Cell::new(ptr::null_mut()),
            fresh: Cell::new(ptr::null_mut()),
            fresh_end: Cell::new(ptr::null_mut()),
        }
    }

    /// Makes sure that there is one of `size` bytes among those that were used; so many are carved at once where
    /// there is none. False if memory cannot grow.
    #[inline]
    fn reserve(&self, size: usize, align: usize, batch: usize) -> bool {
        if !self.used.get().is_null() {
            return true;
        }
        let node = if batch == 1 {
            let Some(carved) = carve(size, align) else { return false };
            carved
        } else {
            let mut node = self.fresh.get();
            if node == self.fresh_end.get() {
                let batch = size.wrapping_mul(batch);
                let Some(carved) = arena::carve(batch, align) else { return false };
                node = carved.as_ptr();
                self.fresh_end.set(node.wrapping_add(batch));
            }
            self.fresh.set(node.wrapping_add(size));
            node.cast()
        };
        // SAFETY: `carve` returned enough for it, which nothing else has.
        unsafe { (*node).next = ptr::null_mut() };
        self.used.set(node);
        true
    }

    /// Takes the one that was reserved. Null if none was.
    #[inline(always)]
    fn pop(&self) -> *mut Node {
        let node = self.used.get();
        if !node.is_null() {
            // SAFETY: what is free is a node.
            self.used.set(unsafe { (*node).next });
        }
        node
    }

    /// Takes the one that was reserved for an id, and puts it at the end of its chain, which a link
    /// leads to. Null if none was reserved.
    #[inline(always)]
    fn take(&self, link: *mut *mut Node, id: u32) -> *mut Node {
        let node = self.pop();
        if !node.is_null() {
            // SAFETY: a free node is in no chain; a link can be written.
            unsafe {
                (*node).id = id;
                (*node).next = ptr::null_mut();
                *link = node;
            }
        }
        node
    }

    /// Takes the node that a link leads to out of its chain, and returns it: it is free, with its
    /// value still there. Null if the link leads nowhere.
    #[inline]
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

/// Where each chain begins.
#[doc(hidden)]
pub struct Heads<const HEADS: usize>([Cell<*mut Node>; HEADS]);

impl<const HEADS: usize> Heads<HEADS> {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self([const { Cell::new(ptr::null_mut()) }; HEADS])
    }
}

/// Values of one type by the host's ids, in so many chains: a power of two.
///
/// What is free and where the chains begin are statics of their own: the former are words that can leave
/// memory.
#[doc(hidden)]
pub struct Slots<T: 'static, const HEADS: usize> {
    free: &'static Place<Free>,
    heads: &'static Place<Heads<HEADS>>,
    values: PhantomData<fn(T) -> T>,
}

/// Declares a table that is empty at first.
#[doc(hidden)]
#[macro_export]
macro_rules! slots {
    ($(#[$attr:meta])* $vis:vis static $name:ident: Slots<$value:ty, $heads:path>;) => {
        $(#[$attr])*
        $vis static $name: $crate::__::Slots<$value, { $heads }> = {
            $crate::place! { static __FREE: $crate::__::Free = $crate::__::Free::new(); }
            $crate::place! {
                static __HEADS: $crate::__::Heads<{ $heads }> = $crate::__::Heads::new();
            }
            $crate::__::Slots::new(&__FREE, &__HEADS)
        };
    };
}

/// How many nodes are carved at once where what a callback had received before them stays, too.
pub(crate) const BATCH: usize = 32;

/// As many chains as streams at once cost the same each. They take 16 KiB, and no byte of a module.
pub const MANY: usize = 4096;
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

    /// For [`slots!`](crate::slots!).
    pub const fn new(free: &'static Place<Free>, heads: &'static Place<Heads<HEADS>>) -> Self {
        Self { free, heads, values: PhantomData }
    }

    #[inline(always)]
    fn find(&self, id: u32) -> *mut *mut Node {
        self.heads.with(|heads| find(&heads.0, id))
    }

    /// The value of an id; null without one. It stays where it is until it is removed.
    #[inline(always)]
    pub(crate) fn get(&self, id: u32) -> *mut T {
        Self::value(follow(self.find(id)))
    }

    /// Makes sure that the next [`Slots::insert`] succeeds; false if memory cannot grow. Where there is no node,
    /// so many are carved: one, or [`BATCH`] in a callback that may have received much.
    #[inline(always)]
    pub(crate) fn reserve<const BATCH: usize>(&self) -> bool {
        self.free.with(|free| free.reserve(Self::SIZE, align_of::<Slot<T>>(), BATCH))
    }

    /// Keeps a value under an id that has none, where it was reserved: its place, or null.
    #[inline(always)]
    fn insert_at(&self, link: *mut *mut Node, id: u32, make: impl FnOnce() -> T) -> *mut T {
        let place = Self::value(self.free.with(|free| free.take(link, id)));
        if !place.is_null() {
            // SAFETY: the node was carved with room for a value, and has none.
            unsafe { place.write(make()) };
        }
        place
    }

    /// Keeps a value under an id, unless it has one, in the place that was reserved.
    #[inline(always)]
    pub(crate) fn insert(&self, id: u32, make: impl FnOnce() -> T) {
        let link = self.find(id);
        if follow(link).is_null() {
            self.insert_at(link, id, make);
        }
    }

    /// Keeps a value under an id, unless it has one: its place either way. Null if there is no memory
    /// for it, of so many as for [`Slots::reserve`].
    #[inline(always)]
    pub(crate) fn get_or_insert<const BATCH: usize>(
        &self,
        id: u32,
        make: impl FnOnce() -> T,
    ) -> *mut T {
        let link = self.find(id);
        let node = follow(link);
        if !node.is_null() {
            return Self::value(node);
        }
        if !self.reserve::<BATCH>() {
            return ptr::null_mut();
        }
        // SAFETY: `reserve` has seen to it, and nothing has run since.
        unsafe { assert_unchecked(self.free.with(|free| !free.used.get().is_null())) };
        self.insert_at(link, id, make)
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
        let value = Self::value(self.free.with(|free| free.put(self.find(id))));
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

impl<const HEADS: usize> core::fmt::Debug for Heads<HEADS> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Heads")
    }
}

impl core::fmt::Debug for Free {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Free")
    }
}

impl<T, const HEADS: usize> core::fmt::Debug for Slots<T, HEADS> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slots").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, MANY};

    #[test]
    fn values_are_found_again_and_their_nodes_reused() {
        crate::slots! { static SLOTS: Slots<u64, MANY>; }
        let slots = &SLOTS;
        assert!(slots.get(1).is_null());
        // Miri is slow.
        let many = if cfg!(miri) { 50_u32 } else { 1000 };
        for round in 0..3 {
            for id in 0..many {
                let place = slots.get_or_insert::<1>(id * 4, || u64::from(id) + round);
                assert!(!place.is_null());
            }
            for id in 0..many {
                assert_eq!(slots.copy(id * 4), Some(u64::from(id) + round));
                assert!(slots.get(id * 4 + 1).is_null());
            }
            for id in (0..many).rev() {
                assert_eq!(slots.remove(id * 4), Some(u64::from(id) + round));
                assert_eq!(slots.remove(id * 4), None);
            }
        }
    }

    #[test]
    fn a_value_keeps_its_place_while_others_come() {
        crate::slots! { static SLOTS: Slots<[u8; 5], FEW>; }
        let slots = &SLOTS;
        let place = slots.get_or_insert::<1>(7, || *b"first");
        for id in 8..500 {
            slots.get_or_insert::<1>(id, || *b"other");
        }
        assert_eq!(slots.get_or_insert::<1>(7, || *b"again"), place);
        assert_eq!(slots.copy(7), Some(*b"first"));
    }

    #[test]
    fn memory_that_cannot_grow_is_null_and_what_is_there_stays() {
        crate::slots! { static SLOTS: Slots<[u8; 1000], FEW>; }
        let slots = &SLOTS;
        let kept =
            (0..).take_while(|id| !slots.get_or_insert::<1>(*id, || [7; 1000]).is_null()).count();
        assert!((32..65).contains(&kept), "{kept}");
        assert_eq!(slots.copy(0), Some([7; 1000]));
        slots.remove(0);
        assert!(!slots.get_or_insert::<1>(99, || [8; 1000]).is_null());
    }
}
