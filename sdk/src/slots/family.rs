//! Values of streams and those of the plugin contexts that they read.

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::{needs_drop, size_of};

use super::{Heads, MANY, Node, carve, chain, find, follow};
use crate::global::Place;

/// Values of both kinds by context id, in the same chains.
///
/// Where a plugin context's value is much larger than a stream's, its nodes are of their own size;
/// otherwise nodes of one size serve for both, which takes less code.
#[doc(hidden)]
pub struct Family<F: 'static, P: 'static> {
    heads: &'static Place<Heads<MANY>>,
    /// Nodes that are free.
    streams: &'static Place<Cell<*mut Node>>,
    /// Those of plugin contexts that are free, where they are of their own size.
    plugins: &'static Place<Cell<*mut Node>>,
    values: PhantomData<fn() -> (F, P)>,
}

/// Declares a family that is empty at first.
#[doc(hidden)]
#[macro_export]
macro_rules! family {
    (static $name:ident: Family<$filter:ty, $plugin:ty>;) => {
        static $name: $crate::__::Family<$filter, $plugin> = {
            $crate::place! {
                static __STREAMS: core::cell::Cell<*mut $crate::__::Node> =
                    core::cell::Cell::new(core::ptr::null_mut());
            }
            $crate::place! {
                static __PLUGINS: core::cell::Cell<*mut $crate::__::Node> =
                    core::cell::Cell::new(core::ptr::null_mut());
            }
            $crate::place! {
                static __HEADS: $crate::__::Heads<{ $crate::__::MANY }> = $crate::__::Heads::new();
            }
            $crate::__::Family::new(&__HEADS, &__STREAMS, &__PLUGINS)
        };
    };
}

/// A node with a value of one kind. What is before the value lies at the same place in both.
#[repr(C)]
struct Entry<T> {
    node: Node,
    /// The plugin context of a stream; 0 of a plugin context.
    parent: u32,
    value: T,
}

/// How many bytes larger a plugin context's value may be, for nodes of one size.
const NEAR: usize = 32;

impl<F: 'static, P: 'static> Family<F, P> {
    const APART: bool = size_of::<Entry<P>>() > size_of::<Entry<F>>().wrapping_add(NEAR);
    /// The size of a plugin context's node.
    const PLUGIN: usize = {
        assert!(align_of::<Entry<P>>() <= 16, "state is aligned to 16 bytes at most");
        if Self::APART { size_of::<Entry<P>>() } else { Self::STREAM }
    };
    const ALIGN: usize = {
        let (stream, plugin) = (align_of::<Entry<F>>(), align_of::<Entry<P>>());
        if stream > plugin { stream } else { plugin }
    };
    /// The size of a stream's node.
    const STREAM: usize = {
        assert!(align_of::<Entry<F>>() <= 16, "state is aligned to 16 bytes at most");
        let (stream, plugin) = (size_of::<Entry<F>>(), size_of::<Entry<P>>());
        if Self::APART { stream } else { if stream > plugin { stream } else { plugin } }
    };

    /// For [`family!`](crate::family!).
    pub const fn new(
        heads: &'static Place<Heads<MANY>>,
        streams: &'static Place<Cell<*mut Node>>,
        plugins: &'static Place<Cell<*mut Node>>,
    ) -> Self {
        Self { heads, streams, plugins, values: PhantomData }
    }

    #[inline(always)]
    fn find(&self, id: u32) -> *mut *mut Node {
        self.heads.with(|heads| find(&heads.0, id))
    }

    /// The entry of an id if it is of this kind.
    #[inline(always)]
    fn entry<T>(&self, id: u32, of_plugin: bool) -> Option<*mut Entry<T>> {
        let entry: *mut Entry<T> = follow(self.find(id)).cast();
        // SAFETY: a node of these chains is an entry, whose parent does not depend on its kind.
        (!entry.is_null() && unsafe { (*entry).parent == 0 } == of_plugin).then_some(entry)
    }

    /// A stream's value and its plugin context's. They stay where they are until they are removed.
    #[inline(always)]
    pub(crate) fn stream(&self, id: u32) -> Option<(*mut F, *mut P)> {
        let stream: *mut Entry<F> = self.entry(id, false)?;
        // SAFETY: it is a stream's entry.
        let plugin = self.plugin(unsafe { (*stream).parent })?;
        // SAFETY: as above.
        Some((unsafe { &raw mut (*stream).value }, plugin))
    }

    /// A plugin context's value. It stays where it is until it is removed.
    #[inline(always)]
    pub(crate) fn plugin(&self, id: u32) -> Option<*mut P> {
        let plugin: *mut Entry<P> = self.entry(id, true)?;
        // SAFETY: it is a plugin context's entry.
        Some(unsafe { &raw mut (*plugin).value })
    }

    /// A node with room for a value of one kind, in no chain; null without memory for it.
    #[inline(always)]
    fn take(&self, of_plugin: bool) -> *mut Node {
        let (free, size) = if Self::APART && of_plugin {
            (self.plugins, Self::PLUGIN)
        } else {
            (self.streams, Self::STREAM)
        };
        free.with(|free| {
            let node = free.get();
            // Contexts are made between callbacks: nothing else stays for a node that is carved alone.
            if node.is_null() {
                return carve(size, Self::ALIGN).unwrap_or(node);
            }
            // SAFETY: what is free is a node.
            free.set(unsafe { (*node).next });
            node
        })
    }

    /// Keeps a value for a context, unless it has one, or there is no memory for it.
    #[inline(always)]
    pub(crate) fn insert(
        &self,
        id: u32,
        parent: u32,
        make: impl FnOnce() -> F,
        make_plugin: impl FnOnce() -> P,
    ) {
        if !follow(self.find(id)).is_null() {
            return;
        }
        let of_plugin = parent == 0;
        let node = self.take(of_plugin);
        if node.is_null() {
            return;
        }
        let entry: *mut Entry<()> = node.cast();
        // SAFETY: the node was carved with room for an entry of this kind.
        unsafe {
            (*entry).parent = parent;
            if of_plugin {
                let entry: *mut Entry<P> = entry.cast();
                (&raw mut (*entry).value).write(make_plugin());
            } else {
                let entry: *mut Entry<F> = entry.cast();
                (&raw mut (*entry).value).write(make());
            }
        }
        // What made the value may have made hostcalls, and a host called back: a node is found only once it
        // has its value.
        self.heads.with(|heads| chain(&heads.0, id, node));
    }

    /// Whether a value is more than its bytes.
    pub(crate) const DROPS: bool = needs_drop::<F>() || needs_drop::<P>();

    /// Removes the value of a context, if it has one, and drops it.
    #[inline(always)]
    pub(crate) fn remove(&self, id: u32) {
        let link = self.find(id);
        let node = follow(link);
        if node.is_null() {
            return;
        }
        let entry: *mut Entry<()> = node.cast();
        // SAFETY: a node of these chains is an entry, whose parent does not depend on its kind.
        let of_plugin = unsafe { (*entry).parent == 0 };
        let (mut plugin, mut filter) = (None, None);
        // A value that is nothing but its bytes is left there.
        if of_plugin && needs_drop::<P>() {
            let entry: *mut Entry<P> = node.cast();
            // SAFETY: it is a plugin context's entry, whose value leaves it here.
            plugin = Some(unsafe { (&raw const (*entry).value).read() });
        } else if !of_plugin && needs_drop::<F>() {
            let entry: *mut Entry<F> = node.cast();
            // SAFETY: it is a stream's entry, whose value leaves it here.
            filter = Some(unsafe { (&raw const (*entry).value).read() });
        }
        let free = if Self::APART && of_plugin { self.plugins } else { self.streams };
        free.with(|free| {
            // SAFETY: a link can be written, and the node was in a chain until here.
            unsafe {
                *link = (*node).next;
                (*node).next = free.replace(node);
            }
        });
        // What drops them may make hostcalls: the node is in no chain by then.
        drop((plugin, filter));
    }
}

impl<F, P> core::fmt::Debug for Family<F, P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Family").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::vec::Vec;

    /// Miri is slow.
    const MANY: u32 = if cfg!(miri) { 50 } else { 1000 };

    std::thread_local! {
        static DROPPED: Cell<usize> = const { Cell::new(0) };
    }

    /// What tells when it is dropped.
    struct Loud<const SIZE: usize>(Vec<u8>, [u64; SIZE]);

    impl<const SIZE: usize> Loud<SIZE> {
        fn new() -> Self {
            Self(Vec::new(), [0; SIZE])
        }
    }

    impl<const SIZE: usize> Drop for Loud<SIZE> {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + SIZE);
        }
    }

    #[test]
    fn a_stream_takes_no_more_for_a_large_plugin() {
        crate::family! { static FAMILY: Family<u32, [u64; 1000]>; }
        FAMILY.insert(1, 0, || 0, || [7; 1000]);
        for id in 2..MANY {
            FAMILY.insert(id, 1, || id, || [0; 1000]);
        }
        for id in 2..MANY {
            let (stream, plugin) = FAMILY.stream(id).expect("there is room for it");
            // SAFETY: nothing else refers to them.
            assert_eq!(unsafe { (*stream, (*plugin)[999]) }, (id, 7));
        }
    }

    #[test]
    fn neither_is_taken_for_the_other() {
        crate::family! { static FAMILY: Family<u32, [u64; 1000]>; }
        FAMILY.insert(1, 0, || 0, || [7; 1000]);
        FAMILY.insert(2, 1, || 5, || [0; 1000]);
        FAMILY.insert(3, 2, || 5, || [0; 1000]);
        FAMILY.insert(4, 99, || 5, || [0; 1000]);
        assert!(FAMILY.stream(1).is_none() && FAMILY.plugin(2).is_none());
        assert!(FAMILY.stream(3).is_none() && FAMILY.stream(4).is_none());
        assert!(FAMILY.plugin(0).is_none());
    }

    /// What is no value of the other kind is not read as one.
    #[test]
    fn a_value_that_needs_no_drop_is_not_touched() {
        crate::family! { static FAMILY: Family<bool, u64>; }
        for _ in 0..3 {
            FAMILY.insert(1, 0, || true, || u64::MAX);
            FAMILY.insert(2, 1, || true, || 0);
            FAMILY.remove(1);
            FAMILY.remove(2);
            assert!(FAMILY.stream(2).is_none() && FAMILY.plugin(1).is_none());
        }
    }

    /// Values of which the larger one needs less alignment: each lies where it may, which Miri sees too.
    #[test]
    fn nodes_for_both_kinds_are_aligned_for_both() {
        crate::family! { static STREAMS: Family<u64, [u32; 5]>; }
        crate::family! { static PLUGINS: Family<[u16; 15], u128>; }
        STREAMS.insert(1, 0, || 0, || [7; 5]);
        PLUGINS.insert(1, 0, || [0; 15], || 7);
        for id in 2..40 {
            STREAMS.insert(id, 1, || id.into(), || [0; 5]);
            PLUGINS.insert(id, if id % 2 == 0 { 0 } else { 1 }, || [9; 15], || id.into());
        }
        for id in 2..40_u32 {
            let (stream, _) = STREAMS.stream(id).expect("there is room for it");
            assert!(stream.is_aligned());
            // SAFETY: nothing else refers to it.
            assert_eq!(unsafe { *stream }, id.into());
            match PLUGINS.plugin(id) {
                Some(plugin) => assert!(plugin.is_aligned()),
                None => assert!(PLUGINS.stream(id).is_some()),
            }
        }
    }

    fn lives_and_dies<const STREAM: usize, const PLUGIN: usize>(
        family: &super::Family<Loud<STREAM>, Loud<PLUGIN>>,
    ) {
        DROPPED.set(0);
        for _ in 0..MANY {
            family.insert(1, 0, Loud::new, Loud::new);
            family.insert(2, 1, Loud::new, Loud::new);
            family.insert(2, 1, || panic!("it is there"), || panic!("it is a stream"));
            let (stream, _) = family.stream(2).expect("there is room for it");
            // SAFETY: nothing else refers to it.
            unsafe { (*stream).0.push(1) };
            family.remove(1);
            assert!(family.stream(2).is_none(), "its plugin is gone");
            family.remove(2);
            family.remove(2);
        }
        assert_eq!(DROPPED.get(), MANY as usize * (STREAM + PLUGIN));
    }

    #[test]
    fn places_are_used_again_and_each_value_is_dropped_once() {
        crate::family! { static NEAR: Family<Loud<1>, Loud<2>>; }
        lives_and_dies(&NEAR);
        crate::family! { static APART: Family<Loud<1>, Loud<30>>; }
        lives_and_dies(&APART);
        crate::family! { static SMALLER: Family<Loud<30>, Loud<1>>; }
        lives_and_dies(&SMALLER);
    }
}
