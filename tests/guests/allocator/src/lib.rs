//! A thousand allocations with each request, of 1 to 2048 bytes, of which sixty-four live at a time.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(feature = "talc", feature = "lol_alloc", feature = "wee_alloc"))]
extern crate alloc;

#[whit::plugin]
mod allocator {
    use core::cell::RefCell;

    use whit::prelude::*;

    #[cfg(any(feature = "talc", feature = "lol_alloc", feature = "wee_alloc"))]
    type Bytes = alloc::vec::Vec<u8>;
    #[cfg(not(any(feature = "talc", feature = "lol_alloc", feature = "wee_alloc")))]
    type Bytes = usize;

    #[derive(Default)]
    struct Pool {
        live: RefCell<[Bytes; 32]>,
        more: RefCell<[Bytes; 32]>,
        random: core::cell::Cell<u32>,
    }

    impl Plugin for Pool {
        fn on_configure(&mut self, _: &PluginContext<'_>, _size: usize) -> bool {
            self.random.set(0x9e37_79b9);
            true
        }
    }

    #[derive(Default)]
    struct Allocator;

    impl HttpFilter<Pool> for Allocator {
        fn on_request_headers(&mut self, http: &Http<'_, Pool>, _end_of_stream: bool) -> Action {
            let path = http.request_headers().get(names::PATH).ok().flatten().unwrap_or_default();
            let before = sum(path);
            let pool = http.plugin();
            let mut random = pool.random.get();
            for _ in 0..1000 {
                random ^= random << 13;
                random ^= random >> 17;
                random ^= random << 5;
                // As many small ones as large ones.
                let size = (random >> 8 & 0x7ff) >> (random & 7);
                let half = if random & 0x80 == 0 { &pool.live } else { &pool.more };
                let place = random >> 24 & 31;
                if let Some(bytes) = half.borrow_mut().get_mut(place as usize) {
                    *bytes = allocate(size as usize + 1);
                }
            }
            pool.random.set(random);
            // What the host returned is still there, beside what was allocated.
            let same = before == sum(path) && !path.is_empty();
            let _ = http.request_headers().add(field!("x-same"), if same { "yes" } else { "no" });
            Action::Continue
        }
    }

    fn sum(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0, |sum: u32, byte| sum.rotate_left(5) ^ u32::from(*byte))
    }

    #[cfg(any(feature = "talc", feature = "lol_alloc", feature = "wee_alloc"))]
    fn allocate(size: usize) -> Bytes {
        alloc::vec![0xff; size]
    }

    #[cfg(not(any(feature = "talc", feature = "lol_alloc", feature = "wee_alloc")))]
    fn allocate(size: usize) -> Bytes {
        size
    }
}
