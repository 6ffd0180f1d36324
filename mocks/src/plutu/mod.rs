//! Plutu: an aggregator with one-time codes (`edfali`, `sadadapi`) and hosted pages with signed returns and callbacks.
//!
//! What the public sources leave open is decided in `schemas/providers/plutu/SOURCE.md` and marked "assumed" there.

mod book;
mod customer;
mod hash;
mod request;
mod serve;

use serde::{Deserialize, Serialize};

pub(crate) use book::Book;

/// The provider's name in paths and faults.
pub const NAME: &str = "plutu";

/// The provider.
pub(crate) struct Plutu;

/// The operations that a fault can name.
const OPERATIONS: [&str; 8] = [
    "edfali_verify",
    "edfali_confirm",
    "sadadapi_verify",
    "sadadapi_confirm",
    "localbankcards_confirm",
    "mpgs_confirm",
    "tlync_confirm",
    PRESENCE,
];
/// A look at the base, where nothing is.
const PRESENCE: &str = "presence";

/// A merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// `X-API-KEY`.
    pub api_key: String,
    /// The bearer's token.
    pub access_token: String,
    /// By which returns and callbacks are signed.
    pub secret_key: String,
    /// How long a code can be confirmed.
    #[serde(default = "five_minutes")]
    pub code_seconds: u64,
}

impl Default for Merchant {
    /// A merchant that exists nowhere; its secret key is the published one of the SDK's tests.
    fn default() -> Self {
        Self {
            api_key: "jisr-mocks-plutu".to_owned(),
            access_token: "jisr-mocks-plutu-token".to_owned(),
            secret_key: "sk_ac63978fe4bc6defb55045fe84492021d1e87555".to_owned(),
            code_seconds: five_minutes(),
        }
    }
}

fn five_minutes() -> u64 {
    300
}

/// The environment of a gateway that uses the default merchant of the mocks at `base`.
fn environment(base: &str) -> Vec<(String, String)> {
    let merchant = Merchant::default();
    [
        ("BASE_URL", format!("{base}/{NAME}/api/v1")),
        ("API_KEY", merchant.api_key),
        ("ACCESS_TOKEN", merchant.access_token),
        ("SECRET_KEY", merchant.secret_key),
    ]
    .map(|(name, value)| (format!("PLUTU_{name}"), value))
    .to_vec()
}
