//! Metrics, as Envoy keeps them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::abi::Status;
use super::kept::Kept;
use super::trap::{Fail, Stopped};

/// Counters, gauges and histograms of a process: the two low bits of an id are the metric's type. The same type
/// and name is the same metric. Guests know it by ids of their VM, [`MetricIds`].
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// By type and name.
    ids: [HashMap<Vec<u8>, u32>; 3],
    values: HashMap<u32, u64>,
}

/// The metrics that a VM has defined: each time one is defined, it gets another id. By type, the ids of the process.
#[derive(Debug, Default)]
pub(crate) struct MetricIds([Vec<u32>; 3]);

impl MetricIds {
    /// Gives an id to a metric of the process.
    pub(crate) fn add(&mut self, id: u32, kept: &mut Kept) -> Result<u32, Stopped> {
        let metric_type = id & 3;
        kept.add(0)?;
        let ids = &mut self.0[metric_type as usize];
        ids.push(id);
        Ok(metric_type + 4 * ids.len() as u32)
    }

    /// What the process calls a metric of the VM: if there is none, by a name of its type that none has.
    pub(crate) fn of_process(&self, id: u32) -> u32 {
        let none = id & 3;
        let ids = self.0.get(none as usize).map(Vec::as_slice).unwrap_or_default();
        let place = (id as usize / 4).checked_sub(1);
        place.and_then(|place| ids.get(place)).copied().unwrap_or(none)
    }
}

impl Metrics {
    const COUNTER: u32 = 0;
    const GAUGE: u32 = 1;

    pub(crate) fn define(
        &mut self,
        metric_type: u32,
        name: Vec<u8>,
        kept: &mut Kept,
    ) -> Result<u32, Fail> {
        let ids = self.ids.get_mut(metric_type as usize).ok_or(Status::BadArgument)?;
        let next = metric_type + 4 * (ids.len() as u32 + 1);
        Ok(match ids.entry(name) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                kept.add(new.key().len())?;
                self.values.insert(next, 0);
                *new.insert(next)
            }
        })
    }

    pub(crate) fn increment(&mut self, id: u32, offset: i64) -> Result<(), Status> {
        let metric_type = id & 3;
        if metric_type > Self::GAUGE {
            return Err(Status::BadArgument);
        }
        let value = self.values.get_mut(&id).ok_or(Status::NotFound)?;
        if metric_type == Self::COUNTER && offset <= 0 {
            return Err(Status::BadArgument);
        }
        *value = value.wrapping_add_signed(offset);
        Ok(())
    }

    pub(crate) fn record(&mut self, id: u32, value: u64) -> Result<(), Status> {
        let metric = self.values.get_mut(&id).ok_or(Status::NotFound)?;
        *metric = if id & 3 == Self::COUNTER { metric.wrapping_add(value) } else { value };
        Ok(())
    }

    /// A counter or a gauge of this name.
    pub(crate) fn named(&self, name: &str) -> Option<u64> {
        let [counters, gauges, _] = &self.ids;
        let id = counters.get(name.as_bytes()).or_else(|| gauges.get(name.as_bytes()))?;
        self.values.get(id).copied()
    }

    pub(crate) fn get(&self, id: u32) -> Result<u64, Status> {
        if id & 3 > Self::GAUGE {
            return Err(Status::BadArgument);
        }
        self.values.get(&id).copied().ok_or(Status::NotFound)
    }
}
