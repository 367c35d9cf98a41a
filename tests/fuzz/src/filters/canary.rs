//! Of `filters/canary`.

#[path = "../../../../filters/canary/src/cookie.rs"]
pub(crate) mod cookie;
#[path = "../../../../filters/canary/src/point.rs"]
pub(crate) mod point;
