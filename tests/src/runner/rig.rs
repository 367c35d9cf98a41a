//! What a test wants of its VMs beside what Envoy does.

use super::fault::Fault;
use super::stack::Stack;

/// What a test wants of the VMs that it boots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rig {
    pub(crate) traced: bool,
    /// The stack to measure.
    pub(crate) stack: Option<Stack>,
    pub(crate) faults: Vec<Fault>,
}
