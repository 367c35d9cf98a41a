//! Of `filters/api-key`.

#[path = "../../../../filters/api-key/src/query.rs"]
pub(crate) mod query;
