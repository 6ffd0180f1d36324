//! Edfali: the SOAP service of a wallet with one-time codes. Nothing can be asked, and nothing refunded.
//!
//! What the public sources leave open is decided in `schemas/providers/edfali/SOURCE.md` and marked "assumed" there.

mod description;
mod request;
mod serve;
mod sessions;

use serde::{Deserialize, Serialize};

pub(crate) use sessions::Sessions;

/// The provider's name in paths and faults.
pub const NAME: &str = "edfali";

/// The provider.
pub(crate) struct Edfali;

/// The operations that a fault can name.
const OPERATIONS: [&str; 3] = ["DoPTrans", "OnlineConfTrans", WSDL];
/// The description of the service, for whoever wants to call it.
const WSDL: &str = "wsdl";

/// A merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// The telephone number, nine digits.
    pub mobile: String,
    /// The PIN, four digits.
    pub pin: String,
    /// The password of the service.
    pub password: String,
    /// The code that customers are sent, four digits.
    #[serde(default = "short_code")]
    pub code: String,
    /// How long a session can be confirmed.
    #[serde(default = "five_minutes")]
    pub session_seconds: u64,
}

impl Default for Merchant {
    /// A merchant that exists nowhere.
    fn default() -> Self {
        Self {
            mobile: "913000001".to_owned(),
            pin: "1234".to_owned(),
            password: "jisr-mocks-service".to_owned(),
            code: short_code(),
            session_seconds: five_minutes(),
        }
    }
}

fn short_code() -> String {
    "1111".to_owned()
}

fn five_minutes() -> u64 {
    300
}

/// The environment of a gateway that uses the default merchant of the mocks at `base`.
fn environment(base: &str) -> Vec<(String, String)> {
    let merchant = Merchant::default();
    [
        ("BASE_URL", format!("{base}/{NAME}")),
        ("MOBILE", merchant.mobile),
        ("PIN", merchant.pin),
        ("PASSWORD", merchant.password),
    ]
    .map(|(name, value)| (format!("EDFALI_{name}"), value))
    .to_vec()
}
