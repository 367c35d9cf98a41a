//! What is sent to the listeners of each chain.

mod asking;
mod pages;
mod web;

use crate::scenario::Scenario;

/// Those of a chain.
pub(crate) fn of(chain: &str) -> Vec<Scenario> {
    match chain {
        "web" => web::scenarios(),
        "pages" => pages::scenarios(),
        "auth" => asking::auth(),
        "limits" => asking::limits(),
        "grpc" => asking::grpc(),
        _ => Vec::new(),
    }
}
