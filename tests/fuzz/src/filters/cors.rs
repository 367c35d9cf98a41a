//! Of `filters/cors`.

#[path = "../../../../filters/cors/src/list.rs"]
pub(crate) mod list;
#[path = "../../../../filters/cors/src/origin.rs"]
pub(crate) mod origin;
