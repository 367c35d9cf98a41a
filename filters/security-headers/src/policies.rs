//! The headers that have a field of their own in the configuration.

use whit::{Field, field};

use crate::nonce;
use crate::text::{is_value, items};

/// A header with a field of its own.
#[derive(Debug)]
pub struct Policy {
    /// The field in the configuration.
    pub field: &'static str,
    pub header: Field<'static>,
    /// The values that there are; any, if it does not say.
    values: &'static str,
    pub default: Field<'static>,
}

const fn policy(
    field: &'static str,
    header: Field<'static>,
    values: &'static str,
    default: Field<'static>,
) -> Policy {
    Policy { field, header, values, default }
}

pub const POLICIES: [Policy; 9] = [
    policy("content_security_policy", field!("content-security-policy"), "", field!("")),
    policy(
        "content_security_policy_report_only",
        field!("content-security-policy-report-only"),
        "",
        field!(""),
    ),
    policy("permissions_policy", field!("permissions-policy"), "", field!("")),
    policy("content_type_options", field!("x-content-type-options"), "nosniff", field!("nosniff")),
    policy("frame_options", field!("x-frame-options"), "DENY, SAMEORIGIN", field!("SAMEORIGIN")),
    policy(
        "referrer_policy",
        field!("referrer-policy"),
        "no-referrer, no-referrer-when-downgrade, origin, origin-when-cross-origin, same-origin, \
         strict-origin, strict-origin-when-cross-origin, unsafe-url",
        field!("strict-origin-when-cross-origin"),
    ),
    policy(
        "cross_origin_opener_policy",
        field!("cross-origin-opener-policy"),
        "same-origin, same-origin-allow-popups, noopener-allow-popups, unsafe-none",
        field!(""),
    ),
    policy(
        "cross_origin_embedder_policy",
        field!("cross-origin-embedder-policy"),
        "require-corp, credentialless, unsafe-none",
        field!(""),
    ),
    policy(
        "cross_origin_resource_policy",
        field!("cross-origin-resource-policy"),
        "same-origin, same-site, cross-origin",
        field!(""),
    ),
];

impl Policy {
    /// What its field takes beside `true`, for the default, and `false`.
    pub fn expected(&self) -> &'static str {
        match self.values {
            "" => "false or a header's value, in which { and } stand in 'nonce-{nonce}' only,",
            values => values,
        }
    }

    /// Whether it can have this value.
    pub fn takes(&self, value: &[u8]) -> bool {
        match self.values {
            "" => is_value(value) && nonce::is_sound(value),
            values => items(values.as_bytes()).any(|known| known == value),
        }
    }
}
