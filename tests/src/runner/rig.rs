//! What a test wants of its VMs beside what Envoy does.

/// What a test wants of the VMs that it boots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rig {
    pub(crate) traced: bool,
}
