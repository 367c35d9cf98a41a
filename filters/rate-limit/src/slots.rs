//! The buckets, in the host's shared data: one key for each slot, so that whatever clients send, there are never
//! more keys than slots.

use whit::{Context, PluginContext, Result, Status};
use whit::{compare_and_set_shared_data, set_shared_data, sip_hash, text};

use crate::bucket::{Bucket, Limit};

/// How often a bucket is tried that others are faster to change.
const ATTEMPTS: u32 = 100;

/// The slots of one name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slots {
    name: &'static [u8],
    count: u32,
    seed: Seed,
}

/// Of the hash that chooses a slot: random, and the same in all VMs, so that no client knows which keys share
/// a slot.
type Seed = [u8; 16];

impl Slots {
    /// Finds the slots of a name, and makes those that are missing.
    ///
    /// The host compares only with a value that is there. Of two VMs that both find none, both would set the
    /// first one. So slots are made here and not at the first request: Envoy starts its canary first, alone.
    pub fn prepare(plugin: &PluginContext<'_>, name: &'static [u8], count: u32) -> Result<Self> {
        let key = text!(plugin, "rate-limit made ", name)?;
        let made = match plugin.shared_data(key)? {
            Some((value, _)) => read_made(value)?.1,
            None => 0,
        };
        for slot in made..count {
            // In the memory of one slot.
            plugin.scope(&mut (), move |(), plugin| {
                let key = slot_key(plugin, name, slot)?;
                match plugin.shared_data(key)? {
                    Some(_) => Ok(()),
                    None => set_shared_data(key, &Bucket::FULL.bytes()),
                }
            })?;
        }
        let value = plugin.update_shared_data(key, |old| {
            let mut value = [0; 20];
            let (seed, slots) = value.split_at_mut(16);
            let mut most = count;
            match old.map(read_made).transpose()? {
                Some((old, made)) => {
                    seed.copy_from_slice(&old);
                    most = most.max(made);
                }
                None => whit::random(seed)?,
            }
            slots.copy_from_slice(&most.to_le_bytes());
            Ok(value)
        })?;
        Ok(Self { name, count, seed: read_made(&value)?.0 })
    }

    /// Takes a token out of the bucket of a key.
    ///
    /// # Errors
    /// The host failed, or a hundred times another thread was faster.
    pub fn take(
        &self,
        context: &Context<'_>,
        limit: &Limit,
        key: &[u8],
        now: u64,
    ) -> Result<Taken> {
        let slot = sip_hash(&self.seed, key) % u64::from(self.count.max(1));
        let slot = slot_key(context, self.name, slot as u32)?;
        for _ in 0..ATTEMPTS {
            let (value, cas) = context.shared_data(slot)?.ok_or(Status::NOT_FOUND)?;
            let bucket = Bucket::read(value).ok_or(Status::PARSE_FAILURE)?.at(now, limit);
            // Nothing is written where nothing is taken: an attack costs the others nothing.
            let Some(left) = bucket.take() else { return Ok(Taken::Limited(bucket)) };
            match compare_and_set_shared_data(slot, &left.bytes(), cas) {
                Ok(()) => return Ok(Taken::Admitted(left)),
                Err(Status::CAS_MISMATCH) => {}
                Err(status) => return Err(status),
            }
        }
        Err(Status::CAS_MISMATCH)
    }
}

/// What came of it, and the bucket as it is then.
#[derive(Clone, Copy, Debug)]
pub enum Taken {
    Admitted(Bucket),
    Limited(Bucket),
}

fn slot_key<'a>(context: &Context<'a>, name: &[u8], slot: u32) -> Result<&'a [u8]> {
    text!(context, "rate-limit ", slot, " ", name)
}

/// The seed, and how many slots are made.
fn read_made(value: &[u8]) -> Result<(Seed, u32)> {
    let parts = value
        .split_first_chunk()
        .and_then(|(seed, slots)| Some((*seed, u32::from_le_bytes(slots.try_into().ok()?))));
    parts.ok_or(Status::PARSE_FAILURE)
}
