//! The shape of an error that the facade answers (RFC 9457), and of the fields at fault in it.

use serde::{Deserialize, Serialize};

use crate::Text;

/// One field of a request that cannot be accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The path of the field: `customer.phone`, `body`, `query.status`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// The same in Arabic.
    pub message_ar: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, text: Text) -> Self {
        Self { field: field.into(), message: text.en, message_ar: text.ar }
    }
}

/// `application/problem+json`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// The page that documents the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short sentence, the same for every occurrence of the code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable word that programs decide on.
    pub code: String,
    /// What happened this time and what to do.
    pub detail: String,
    /// The same in Arabic.
    pub detail_ar: String,
    /// The value of `X-Request-Id`, by which the log rows are found.
    pub request_id: String,
    /// The fields at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What could be chosen instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternatives: Option<Vec<String>>,
    /// The resource that stands in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing_id: Option<String>,
}
