//! How far memories and tables may grow.

use wasmtime::ResourceLimiter;

use super::fault::Armed;

/// Bytes that a memory may have in Envoy, and that all memories of a VM may have here.
pub(crate) const MAX_MEMORY: usize = 1 << 30;
/// Elements that a table may have in V8, and that all tables of a VM may have here.
pub(crate) const MAX_TABLE: u64 = 10_000_000;

/// What a VM's memories and tables have, and what may go wrong when they grow.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    memory: usize,
    elements: u64,
    pub(crate) faults: Armed,
}

/// Faults are there from when an instance is made, so what its memory begins with is not grown.
impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let sum = self.memory + (desired - current);
        let grows = sum <= MAX_MEMORY && !self.faults.growth();
        if grows {
            self.memory = sum;
        }
        Ok(grows)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let sum = self.elements + (desired - current) as u64;
        let grows = sum <= MAX_TABLE;
        if grows {
            self.elements = sum;
        }
        Ok(grows)
    }
}
