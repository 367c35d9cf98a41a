//! Where a plugin's values live: those of its streams and those of its plugin contexts.
//!
//! `#[whit::plugin]` chooses one of these types for the streams and one for the plugin contexts, from
//! what the plugin's structs look like; each export passes it on.
//!
//! Only one callback with state runs at a time. A host that calls the plugin during a hostcall (none
//! is known to) finds it busy: the nested callback does nothing, and the stream goes on.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::needs_drop;

use crate::arena::{Callback, End};
use crate::context::Context;
use crate::global::global;
use crate::slots::{FEW, Family, Slots};

global! {
    /// Whether a callback with state runs.
    static BUSY: bool = false;
}

/// Runs a callback with state; not while another does.
#[inline(always)]
fn exclusively<R>(run: impl FnOnce() -> Option<R>) -> Option<R> {
    if BUSY.with(Cell::get) {
        return None;
    }
    BUSY.with(|busy| busy.set(true));
    let result = run();
    BUSY.with(|busy| busy.set(false));
    result
}

/// Removes values, unless a callback runs, which may have them.
#[inline(always)]
fn remove<T>(drops: bool, run: impl FnOnce() -> T) {
    if drops {
        // What drops them may make hostcalls.
        exclusively(|| {
            drop(run());
            Some(())
        });
    } else if !BUSY.with(Cell::get) {
        run();
    }
}

/// A plugin's value, lent to a stream's callback, whose lifetime is `'a`.
pub(crate) struct Lent<'a, P>(*const P, PhantomData<&'a P>);

impl<'a, P> Lent<'a, P> {
    #[inline(always)]
    pub(crate) fn get(&self) -> &'a P {
        // SAFETY: only `enter` makes one, of a reference that lives longer than the callback, which
        // `'a` does not.
        unsafe { &*self.0 }
    }

    /// For a callback within the callback.
    #[inline(always)]
    pub(crate) fn again<'b>(&self) -> Lent<'b, P> {
        Lent(self.0, PhantomData)
    }
}

impl<P> core::fmt::Debug for Lent<'_, P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Lent")
    }
}

/// Runs a callback of a stream with its values and the callback arena; `None` if its values cannot be
/// had.
#[inline(always)]
pub(crate) fn enter<S: Streams, R>(
    streams: S,
    context_id: u32,
    run: impl for<'a> FnOnce(&mut S::Filter, Context<'a>, Lent<'a, S::Plugin>) -> R,
) -> Option<R> {
    streams.run(context_id, |filter, plugin| {
        let run = |callback: Callback<'_>| {
            run(filter, Context::new(context_id, callback), Lent(plugin, PhantomData))
        };
        S::END.of(run)
    })
}

/// Runs a callback of a plugin context with its value and the callback arena; `None` if its value
/// cannot be had.
#[inline(always)]
pub(crate) fn enter_plugin<P: Plugins, R>(
    plugins: P,
    context_id: u32,
    run: impl FnOnce(&mut P::Plugin, Context<'_>) -> R,
) -> Option<R> {
    plugins.run(context_id, |plugin| {
        let run = |callback: Callback<'_>| run(plugin, Context::new(context_id, callback));
        P::END.of(run)
    })
}

/// The values of streams.
pub trait Streams {
    /// A stream's.
    type Filter: 'static;
    /// That of its plugin context, if it reads it.
    type Plugin: 'static;
    /// How their callbacks end: with [`End::Rest`] no other one runs meanwhile.
    const END: End;

    /// Runs a callback of a stream; `None` if its values cannot be had.
    fn run<R>(
        self,
        context_id: u32,
        run: impl FnOnce(&mut Self::Filter, &Self::Plugin) -> R,
    ) -> Option<R>;

    /// Whether there is a stream, as far as its value tells.
    #[inline(always)]
    fn knows(&self, context_id: u32) -> bool {
        let _ = context_id;
        true
    }

    /// Notes whose stream it is.
    #[inline(always)]
    fn adopt(self, context_id: u32, parent_context_id: u32)
    where
        Self: Sized,
    {
        let _ = (context_id, parent_context_id);
    }

    /// Drops the stream's value.
    #[inline(always)]
    fn forget(self, context_id: u32)
    where
        Self: Sized,
    {
        let _ = context_id;
    }
}

/// Streams or plugin contexts without a value, which read none either: there is nothing to keep.
#[derive(Debug)]
pub struct Unit<F>(pub F);

impl<F: 'static> Streams for Unit<F> {
    type Filter = F;
    type Plugin = ();
    const END: End = End::Mark;

    #[inline(always)]
    fn run<R>(mut self, _: u32, run: impl FnOnce(&mut F, &()) -> R) -> Option<R> {
        Some(run(&mut self.0, &()))
    }

    #[inline(always)]
    fn forget(self, _: u32) {}
}

/// A [`Unit`] of a plugin that makes callouts.
#[derive(Debug)]
pub struct Asking<F>(pub F);

impl<F: 'static> Streams for Asking<F> {
    type Filter = F;
    type Plugin = ();
    const END: End = End::SharedMark;

    #[inline(always)]
    fn run<R>(mut self, _: u32, run: impl FnOnce(&mut F, &()) -> R) -> Option<R> {
        Some(run(&mut self.0, &()))
    }

    #[inline(always)]
    fn forget(self, _: u32) {}
}

/// A [`Unit`] of a plugin that keeps values of the other kind.
#[derive(Debug)]
pub struct Alone<F>(pub F);

impl<F: 'static> Streams for Alone<F> {
    type Filter = F;
    type Plugin = ();
    const END: End = End::Rest;

    #[inline(always)]
    fn run<R>(mut self, _: u32, run: impl FnOnce(&mut F, &()) -> R) -> Option<R> {
        exclusively(|| Some(run(&mut self.0, &())))
    }

    #[inline(always)]
    fn forget(self, _: u32) {}
}

/// Streams with a value each.
#[derive(Debug)]
pub struct Kept<F: 'static, const HEADS: usize, M>(pub &'static Slots<F, HEADS>, pub M);

impl<F: 'static, const HEADS: usize, M: FnOnce() -> F> Streams for Kept<F, HEADS, M> {
    type Filter = F;
    type Plugin = ();
    const END: End = End::Rest;

    #[inline(always)]
    fn run<R>(self, context_id: u32, run: impl FnOnce(&mut F, &()) -> R) -> Option<R> {
        exclusively(|| {
            let filter = self.0.get_or_insert::<1>(context_id, self.1);
            // SAFETY: the value stays in its place, and nothing else refers to it: no other callback
            // with state runs, and `forget` waits for that.
            let filter = unsafe { filter.as_mut() }?;
            Some(run(filter, &()))
        })
    }

    #[inline(always)]
    fn knows(&self, context_id: u32) -> bool {
        !self.0.get(context_id).is_null()
    }

    #[inline(always)]
    fn forget(self, context_id: u32) {
        remove(needs_drop::<F>(), || self.0.remove(context_id));
    }
}

/// Streams that read their plugin, with a value each or without.
#[derive(Debug)]
pub struct Children<F: 'static, P: 'static, M, N> {
    /// Their values, and those of the plugin contexts.
    pub contexts: &'static Family<F, P>,
    /// Makes a stream's.
    pub make: M,
    /// Makes a plugin context's.
    pub make_plugin: N,
}

impl<F: 'static, P: 'static, M, N> Streams for Children<F, P, M, N>
where
    M: FnOnce() -> F,
    N: FnOnce() -> P,
{
    type Filter = F;
    type Plugin = P;
    const END: End = End::Rest;

    #[inline(always)]
    fn run<R>(self, context_id: u32, run: impl FnOnce(&mut F, &P) -> R) -> Option<R> {
        exclusively(|| {
            let (filter, plugin) = self.contexts.stream(context_id)?;
            // SAFETY: as in `Kept`; the plugin's own callbacks are not run meanwhile either.
            let (filter, plugin) = unsafe { (&mut *filter, &*plugin) };
            Some(run(filter, plugin))
        })
    }

    #[inline(always)]
    fn adopt(self, context_id: u32, parent_context_id: u32) {
        self.contexts.insert(context_id, parent_context_id, self.make, self.make_plugin);
    }

    #[inline(always)]
    fn forget(self, context_id: u32) {
        remove(Family::<F, P>::DROPS, || self.contexts.remove(context_id));
    }
}

/// The values of plugin contexts.
pub trait Plugins {
    /// A plugin context's.
    type Plugin: 'static;
    /// How their callbacks end: with [`End::Rest`] no other one runs meanwhile.
    const END: End;

    /// Runs a callback of a plugin context; `None` if its value cannot be had.
    fn run<R>(self, context_id: u32, run: impl FnOnce(&mut Self::Plugin) -> R) -> Option<R>;

    /// Drops the plugin context's value.
    fn forget(self, context_id: u32);
}

/// What keeps the values of streams keeps those of plugin contexts, too, but for who reads whom.
impl<S: Streams<Plugin = ()>> Plugins for S {
    type Plugin = S::Filter;
    const END: End = S::END;

    #[inline(always)]
    fn run<R>(self, context_id: u32, run: impl FnOnce(&mut S::Filter) -> R) -> Option<R> {
        Streams::run(self, context_id, |plugin, ()| run(plugin))
    }

    #[inline(always)]
    fn forget(self, context_id: u32) {
        Streams::forget(self, context_id);
    }
}

/// Plugin contexts that streams read: [`Children`] makes their values, and drops them.
#[derive(Debug)]
pub struct Read<F: 'static, P: 'static>(pub &'static Family<F, P>);

impl<F: 'static, P: 'static> Plugins for Read<F, P> {
    type Plugin = P;
    const END: End = End::Rest;

    #[inline(always)]
    fn run<R>(self, context_id: u32, run: impl FnOnce(&mut P) -> R) -> Option<R> {
        exclusively(|| {
            let plugin = self.0.plugin(context_id)?;
            // SAFETY: as in `Kept`.
            Some(run(unsafe { &mut *plugin }))
        })
    }

    #[inline(always)]
    fn forget(self, _: u32) {}
}

/// `proxy_on_context_create`, for streams that read their plugin.
#[inline(always)]
pub fn adopt(streams: impl Streams, context_id: u32, parent_context_id: u32) {
    streams.adopt(context_id, parent_context_id);
}

/// `proxy_on_delete`, for streams with values.
#[inline(always)]
pub fn forget_stream(streams: impl Streams, context_id: u32) {
    streams.forget(context_id);
}

/// `proxy_on_delete`, for plugin contexts with values.
#[inline(always)]
pub fn forget_plugin(plugins: impl Plugins, context_id: u32) {
    plugins.forget(context_id);
}

crate::slots! {
    /// The plugin contexts, where streams and plugins both have callbacks of one name.
    static ROOTS: Slots<(), FEW>;
}

/// Notes which contexts are plugin contexts.
pub fn note_context(context_id: u32, parent_context_id: u32) {
    if parent_context_id == 0 {
        ROOTS.get_or_insert::<1>(context_id, || ());
    }
}

/// Forgets which kind of context it was.
pub fn forget_context(context_id: u32) {
    remove(false, || ROOTS.remove(context_id));
}

/// Whether it is a plugin context's id.
pub fn is_plugin_context(context_id: u32) -> bool {
    !ROOTS.get(context_id).is_null()
}
