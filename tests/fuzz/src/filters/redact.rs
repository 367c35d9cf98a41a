//! Of `filters/redact`.

#[path = "../../../../filters/redact/src/body.rs"]
pub(crate) mod body;
#[path = "../../../../filters/redact/src/card.rs"]
pub(crate) mod card;
#[path = "../../../../filters/redact/src/email.rs"]
pub(crate) mod email;
#[path = "../../../../filters/redact/src/matcher.rs"]
pub(crate) mod matcher;
#[path = "../../../../filters/redact/src/oracle.rs"]
pub(crate) mod oracle;
#[path = "../../../../filters/redact/src/texts.rs"]
pub(crate) mod texts;
