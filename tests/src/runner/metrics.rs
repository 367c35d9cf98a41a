//! Metrics, as Envoy keeps them.

use std::collections::HashMap;

use super::abi::Status;

/// Counters, gauges and histograms: the two low bits of an id are the metric's type. The same type
/// and name is the same metric.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    names: [Vec<Vec<u8>>; 3],
    values: HashMap<u32, u64>,
}

impl Metrics {
    const COUNTER: u32 = 0;
    const GAUGE: u32 = 1;

    pub(crate) fn define(&mut self, metric_type: u32, name: Vec<u8>) -> Result<u32, Status> {
        let names = self.names.get_mut(metric_type as usize).ok_or(Status::BadArgument)?;
        let index = names.iter().position(|found| *found == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        let id = metric_type + 4 * (index as u32 + 1);
        self.values.entry(id).or_default();
        Ok(id)
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
        [Self::COUNTER, Self::GAUGE].into_iter().find_map(|metric_type| {
            let names = self.names.get(metric_type as usize)?;
            let index = names.iter().position(|found| found == name.as_bytes())?;
            self.values.get(&(metric_type + 4 * (index as u32 + 1))).copied()
        })
    }

    pub(crate) fn get(&self, id: u32) -> Result<u64, Status> {
        if id & 3 > Self::GAUGE {
            return Err(Status::BadArgument);
        }
        self.values.get(&id).copied().ok_or(Status::NotFound)
    }
}
