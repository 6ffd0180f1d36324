//! The wallet contract, a protocol of ours that four providers speak: nothing public says how they are spoken to.
//!
//! It is written down in `schemas/providers/wallet_contract/SOURCE.md`.

mod book;
mod customer;
pub(crate) mod fields;
mod payments;
pub(crate) mod request;
mod serve;
mod services;
pub(crate) mod sign;
mod transactions;

use serde::{Deserialize, Serialize};

pub(crate) use book::Wallets;

use crate::wallet::CODE;

/// A provider that speaks it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contract {
    /// Its name in paths and faults.
    name: &'static str,
    /// For people.
    title: &'static str,
    /// Whether its payments have a page; else a code.
    page: bool,
    /// The operators whose numbers it serves, as the two digits behind the country code.
    operators: &'static [&'static str],
    /// Whether it pays bills, tops up and transfers.
    services: bool,
}

/// MobiCash.
pub(crate) static MOBICASH: Contract = Contract {
    name: "mobicash",
    title: "MobiCash",
    page: false,
    operators: &["91", "92", "93", "94", "95", "96"],
    services: true,
};
/// Almadar's mobile payment.
pub(crate) static ALMADAR_PAY: Contract =
    Contract { name: "almadar_pay", title: "Almadar", operators: &["91", "93"], ..MOBICASH };
/// Libyana's mobile payment.
pub(crate) static LIBYANA_PAY: Contract =
    Contract { name: "libyana_pay", title: "Libyana", operators: &["92", "94"], ..MOBICASH };
/// 1Pay.
pub(crate) static ONEPAY: Contract =
    Contract { name: "onepay", title: "1Pay", page: true, services: false, ..MOBICASH };

static ALL: [&Contract; 4] = [&MOBICASH, &ALMADAR_PAY, &LIBYANA_PAY, &ONEPAY];

/// The operations that a fault can name.
const OPERATIONS: [&str; 8] = [
    "create_payment",
    "confirm_payment",
    "resend_code",
    "find_payments",
    "list_transactions",
    "inquire_bill",
    "create_service",
    "find_services",
];

/// A merchant's account with one of the wallets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The wallet's name; `/_accounts` has it as `provider`.
    #[serde(default)]
    pub wallet: String,
    /// The bearer's token.
    pub api_key: String,
    /// By which requests and webhooks are signed.
    pub secret_key: String,
    /// The code that customers are sent, six digits.
    #[serde(default = "code")]
    pub code: String,
    /// How long a code holds.
    #[serde(default = "five_minutes")]
    pub code_seconds: u64,
    /// How long after a code another one can be sent.
    #[serde(default = "half_a_minute")]
    pub resend_seconds: u64,
    /// How long a payment can be paid.
    #[serde(default = "half_an_hour")]
    pub payment_seconds: u64,
}

impl Account {
    /// The default account of a wallet; its secret key is the published one of the contract's vector.
    pub fn of(wallet: &str) -> Self {
        Self {
            wallet: wallet.to_owned(),
            api_key: format!("jisr-mocks-{wallet}"),
            secret_key: "wallet-contract-secret".to_owned(),
            code: code(),
            code_seconds: five_minutes(),
            resend_seconds: half_a_minute(),
            payment_seconds: half_an_hour(),
        }
    }

    /// The default accounts, one of each wallet.
    pub fn defaults() -> Vec<Self> {
        ALL.iter().map(|contract| Self::of(contract.name)).collect()
    }
}

fn code() -> String {
    CODE.to_owned()
}

fn five_minutes() -> u64 {
    300
}

fn half_a_minute() -> u64 {
    30
}

fn half_an_hour() -> u64 {
    1800
}

/// The environment of a gateway that uses the default account of a wallet of the mocks at `base`.
fn environment(wallet: &str, base: &str) -> Vec<(String, String)> {
    let account = Account::of(wallet);
    let prefix = wallet.to_ascii_uppercase();
    [("BASE_URL", format!("{base}/{wallet}")), ("API_KEY", account.api_key), ("SECRET_KEY", account.secret_key)]
        .map(|(name, value)| (format!("{prefix}_{name}"), value))
        .to_vec()
}
