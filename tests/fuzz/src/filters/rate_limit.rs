//! Of `filters/rate-limit`.

#[path = "../../../../filters/rate-limit/src/address.rs"]
pub(crate) mod address;
