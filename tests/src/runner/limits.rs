//! How far memories and tables may grow.

use wasmtime::ResourceLimiter;

use super::fault::Armed;

/// Bytes that a memory may have in Envoy.
pub(crate) const MAX_MEMORY: usize = 1 << 30;
/// Elements that a table may have in V8.
pub(crate) const MAX_TABLE: u64 = 10_000_000;

/// Faults are there from when an instance is made, so what its memory begins with is not grown.
impl ResourceLimiter for Armed {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_MEMORY && !self.growth())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired as u64 <= MAX_TABLE)
    }
}
