//! Global allocators to choose from by feature, for plugins that want `Vec`, `String` or `Box`.
//!
//! Each takes its pages with `memory.grow`, beside the callback arena's. (An allocator that takes what
//! lies behind `__heap_base` for itself, as dlmalloc does, cannot.)
#![allow(unsafe_code)]

#[cfg(any(
    all(feature = "talc", feature = "lol_alloc"),
    all(feature = "talc", feature = "wee_alloc"),
    all(feature = "lol_alloc", feature = "wee_alloc"),
))]
compile_error!("a plugin has one global allocator: choose one of the features of `whit`");

#[cfg(feature = "talc")]
#[global_allocator]
static TALC: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(all(feature = "lol_alloc", not(feature = "talc")))]
#[global_allocator]
static LOL: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    // SAFETY: without the `atomics` feature, which lib.rs refuses, a wasm module has one thread.
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };

#[cfg(all(feature = "wee_alloc", not(any(feature = "talc", feature = "lol_alloc"))))]
#[global_allocator]
static WEE: wee_alloc::WeeAlloc<'static> = wee_alloc::WeeAlloc::INIT;
