//! A text for people, in the two languages that every text of ours exists in.

use serde::{Deserialize, Serialize};

/// The same sentence in English and Arabic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Text {
    /// English.
    pub en: String,
    /// Arabic.
    pub ar: String,
}

impl Text {
    /// Puts the two languages together.
    pub fn new(en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self { en: en.into(), ar: ar.into() }
    }
}
