//! Of `filters/tcp-guard`.

#[path = "../../../../filters/tcp-guard/src/address.rs"]
pub(crate) mod address;
