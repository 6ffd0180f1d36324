//! Moamalat: the Lightbox, FilterTransactions, RefundTransaction and the signed notification.
//!
//! What the public sources leave open is decided here and marked "assumed" where it is.

pub(crate) mod accounts;
mod book;
mod customer;
mod filter;
mod hash;
mod notice;
mod refund;
mod request;
mod serve;

use serde::{Deserialize, Serialize};

pub use book::{Planted, Transaction, TransactionKind};

/// The provider's name in paths and faults.
pub const NAME: &str = "moamalat";

/// The provider.
pub(crate) struct Moamalat;

/// The operations that a fault can name.
pub(crate) const OPERATIONS: [&str; 3] = ["FilterTransactions", "RefundTransaction", SCRIPT];

/// The script that customers' browsers load, as an operation.
pub(crate) const SCRIPT: &str = "lightbox.js";

/// A merchant with one terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// MID.
    pub merchant_id: String,
    /// TID.
    pub terminal_id: String,
    /// The secure key of requests, in hex.
    pub secret_key: String,
    /// The key of notifications, in hex.
    pub notification_key: String,
}

impl Default for Merchant {
    /// The test merchant that Moamalat publishes. Its notification key is not published: this one is ours.
    fn default() -> Self {
        Self {
            merchant_id: "10081014649".to_owned(),
            terminal_id: "99179395".to_owned(),
            secret_key: "3a488a89b3f7993476c252f017c488bb".to_owned(),
            notification_key: "6a6973722d6d6f636b732d6e6f74696679".to_owned(),
        }
    }
}

/// The environment of a gateway that uses the default merchant of the mocks at `base`.
fn environment(base: &str) -> Vec<(String, String)> {
    let merchant = Merchant::default();
    [
        ("BASE_URL", format!("{base}/{NAME}")),
        ("SCRIPT_URL", format!("{base}/{NAME}/js/lightbox.js")),
        ("MERCHANT_ID", merchant.merchant_id),
        ("TERMINAL_ID", merchant.terminal_id),
        ("SECRET_KEY", merchant.secret_key),
        ("NOTIFICATION_KEY", merchant.notification_key),
    ]
    .map(|(name, value)| (format!("MOAMALAT_{name}"), value))
    .to_vec()
}
