//! Lists of networks.

use core::mem;

use crate::address::{Address, Network};

/// The bytes of a network.
const SIZE: usize = size_of::<Address>() + 1;

/// How much room the networks of a configuration of so many bytes need: `"::",` is the shortest one.
pub const fn room_for(configuration: usize) -> usize {
    configuration.saturating_mul(SIZE).div_ceil(5)
}

/// Networks: each is its address, and how many of its bits count.
#[derive(Clone, Copy, Default)]
pub struct Networks(&'static [[u8; SIZE]]);

impl Networks {
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is in one of them.
    pub fn hold(self, address: &Address) -> bool {
        self.0.iter().any(|[of @ .., bits]| Network { address: *of, bits: *bits }.holds(address))
    }
}

/// Writes lists of networks, one after the other.
pub struct Writer {
    free: &'static mut [[u8; SIZE]],
    count: usize,
}

impl Writer {
    pub fn new(room: &'static mut [u8]) -> Self {
        Self { free: room.as_chunks_mut().0, count: 0 }
    }

    /// Adds a network to the list; `None` if there is no room.
    pub fn add(&mut self, Network { address, bits }: Network) -> Option<()> {
        let [to @ .., last] = self.free.get_mut(self.count)?;
        (*to, *last) = (address, bits);
        self.count = self.count.checked_add(1)?;
        Some(())
    }

    /// The list; another one begins.
    pub fn written(&mut self) -> Networks {
        match mem::take(&mut self.free).split_at_mut_checked(mem::take(&mut self.count)) {
            Some((list, free)) => {
                self.free = free;
                Networks(list)
            }
            None => Networks(&[]),
        }
    }
}
