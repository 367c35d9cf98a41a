//! Counters of connections, which all VMs share.

use whit::prelude::*;
use whit::{Context, set_shared_data};

/// Why a connection is not counted.
pub enum Refused {
    /// There are as many as there may be.
    Full,
    /// The host does not count.
    Failed,
}

/// Sees to it that a counter is there. The first VM to start, which does so before there are others, makes
/// it: two that find none might each make one. (A key is never deleted.)
pub fn prepare(context: &Context<'_>, key: &[u8], value: &[u8]) -> Result<()> {
    match context.shared_data(key)? {
        Some(_) => Ok(()),
        None => set_shared_data(key, value),
    }
}

/// Counts one more, if there are fewer than `most`.
pub fn take(context: &Context<'_>, key: &[u8], most: u32) -> core::result::Result<(), Refused> {
    let mut full = false;
    let counted = context.update_shared_data(key, |count| {
        let count = read(count);
        full = count >= most;
        if full { Err(Status::INTERNAL_FAILURE) } else { Ok(count.saturating_add(1).to_le_bytes()) }
    });
    match counted {
        Ok(_) => Ok(()),
        Err(_) if full => Err(Refused::Full),
        Err(_) => Err(Refused::Failed),
    }
}

/// Counts one less. A hundred others may be faster, and a hundred again: it does not give up soon.
pub fn give_back(context: &Context<'_>, key: &[u8]) {
    let less = |count: Option<&[u8]>| Ok(read(count).saturating_sub(1).to_le_bytes());
    for _ in 0..100 {
        match context.update_shared_data(key, less) {
            Err(Status::CAS_MISMATCH) => {}
            Err(status) => return whit::error!("a connection stays counted: status ", status),
            Ok(_) => return,
        }
    }
}

fn read(count: Option<&[u8]>) -> u32 {
    count.and_then(|count| count.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// The slot of an address, among so many. Who does not know the seed does not know which addresses share
/// one.
pub fn slot(address: &[u8], seed: u64, slots: u32) -> u32 {
    let mix = |hash: u64| {
        let hash = (hash ^ hash >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        hash ^ hash >> 32
    };
    let hash = address.iter().fold(mix(seed), |hash, byte| mix(hash ^ u64::from(*byte)));
    (hash as u32).checked_rem(slots).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_spread() {
        let mut counts = [0_u32; 16];
        for address in 0..16_000_u32 {
            counts[slot(&address.to_be_bytes(), 7, 16) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
        let differs = (0..100_u32).filter(|address| {
            let address = address.to_be_bytes();
            slot(&address, 7, 16) != slot(&address, 8, 16)
        });
        assert!(differs.count() > 80, "by the seed, too");
    }
}
