//! The headers that have a field of their own in the configuration.

use crate::nonce;
use crate::text::{is_value, items};

/// A header with a field of its own.
#[derive(Debug)]
pub struct Policy {
    /// The field in the configuration.
    pub field: &'static str,
    pub header: &'static [u8],
    /// The values that there are; any, if it does not say.
    values: &'static str,
    pub default: &'static [u8],
}

const fn policy(
    field: &'static str,
    header: &'static str,
    values: &'static str,
    default: &'static str,
) -> Policy {
    Policy { field, header: header.as_bytes(), values, default: default.as_bytes() }
}

pub const POLICIES: [Policy; 9] = [
    policy("content_security_policy", "content-security-policy", "", ""),
    policy("content_security_policy_report_only", "content-security-policy-report-only", "", ""),
    policy("permissions_policy", "permissions-policy", "", ""),
    policy("content_type_options", "x-content-type-options", "nosniff", "nosniff"),
    policy("frame_options", "x-frame-options", "DENY, SAMEORIGIN", "SAMEORIGIN"),
    policy(
        "referrer_policy",
        "referrer-policy",
        "no-referrer, no-referrer-when-downgrade, origin, origin-when-cross-origin, same-origin, \
         strict-origin, strict-origin-when-cross-origin, unsafe-url",
        "strict-origin-when-cross-origin",
    ),
    policy(
        "cross_origin_opener_policy",
        "cross-origin-opener-policy",
        "same-origin, same-origin-allow-popups, noopener-allow-popups, unsafe-none",
        "",
    ),
    policy(
        "cross_origin_embedder_policy",
        "cross-origin-embedder-policy",
        "require-corp, credentialless, unsafe-none",
        "",
    ),
    policy(
        "cross_origin_resource_policy",
        "cross-origin-resource-policy",
        "same-origin, same-site, cross-origin",
        "",
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
