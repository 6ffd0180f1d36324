//! Stores, their accounts with providers, and the mode that keeps test and live data apart.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether real money moves. Test and live data never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Test hosts, published credentials and mocks are welcome.
    Test,
    /// Real money.
    Live,
}

impl Mode {
    /// Whether this is live.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Live)
    }

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// From the database's boolean.
    pub const fn from_livemode(livemode: bool) -> Self {
        if livemode { Self::Live } else { Self::Test }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The language a store's texts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// Arabic.
    Ar,
    /// English.
    En,
}

/// Whom a store's own notifications go to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    /// Where mail goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The administrator's telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_phone: Option<crate::Phone>,
    /// The delivery team's telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_phone: Option<crate::Phone>,
}
