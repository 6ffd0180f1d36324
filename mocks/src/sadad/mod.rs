//! Sadad: Almadar's wallet behind one-time codes, over REST and over the SOAP variant of our own.
//!
//! REST is below `/sadad/api/`, SOAP at `/sadad/soap`; both keep one book. What the public sources leave open is decided as in
//! `schemas/providers/sadad/SOURCE.md`, and marked "assumed" there.
//!
//! The code of every customer is the merchant's [`Merchant::code`] (`111111`); what was "sent" is at `/_codes`. The third
//! wrong one closes a transaction. The last seven digits of a number say whose it is, on 091 and 093 alike: `…0000001` has no
//! money (told by Pay), `…0000002` has no wallet and `…0000003` gets no code (told by Validate).

mod book;
mod ledger;
mod rest;
mod serve;
mod soap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use ledger::Ledger;

use crate::wallet;

/// The provider's name in paths and faults.
pub const NAME: &str = "sadad";

/// The provider.
pub(crate) struct Sadad;

const VALIDATE: &str = "Validate";
const PAY: &str = "Pay";
const RESEND: &str = "otp-resend";
const ENQUIRY: &str = "enquiry";
/// The operations that a fault can name, whichever protocol they come over.
const OPERATIONS: [&str; 4] = [VALIDATE, PAY, RESEND, ENQUIRY];

/// A merchant, and how the gateway behaves towards it. What is not named is as in [`Merchant::default`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Merchant {
    /// Its number, by which it is known and faults can name it as `terminal`.
    pub merchant_no: String,
    /// The JWT of REST. Its signature is not checked; one whose `exp` has passed is refused.
    pub token: String,
    /// The user of SOAP.
    pub username: String,
    /// The password of SOAP.
    pub password: String,
    /// The code that its customers are sent.
    pub code: String,
    /// How long a code is good, in seconds.
    pub code_seconds: u64,
    /// How long a code must have been sent before another one is, in seconds.
    pub resend_seconds: u64,
    /// What the customer pays on top, in dirham.
    pub commission: i64,
    /// Whether Pay answers with everything inside `result`, rather than beside it.
    pub nested: bool,
}

impl Default for Merchant {
    /// A merchant that exists nowhere. Its token is good until 2100.
    fn default() -> Self {
        Self {
            merchant_no: "M-001".to_owned(),
            token: concat!(
                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
                "eyJjb3Jwb3JhdGVTZXJ2aWNlSWQiOjQ4MDEsImFwcElkIjoiamlzci1tb2NrcyIsImV4cC",
                "I6NDEwMjQ0NDgwMCwiaXNzIjoiQ29yZXRlYyIsImF1ZCI6IlNBREFEUEdXIn0.",
                "c2lnbmVkLWJ5LWppc3ItbW9ja3M",
            )
            .to_owned(),
            username: "jisr-mocks".to_owned(),
            password: "jisr-mocks-soap-password".to_owned(),
            code: wallet::CODE.to_owned(),
            code_seconds: 300,
            resend_seconds: 0,
            commission: 250,
            nested: false,
        }
    }
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Status {
    /// A code was sent.
    Pending,
    /// The customer was charged.
    Paid,
    /// Closed without a charge.
    Failed,
}

/// A transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transaction {
    /// `TransactionId`.
    pub transaction_id: u64,
    /// Whose it is.
    pub merchant_no: String,
    /// `InvoiceNo`.
    pub invoice_no: String,
    /// `Msisdn`, as it was written.
    pub phone: String,
    /// `Amount` in dirham, without the commission.
    pub dirham: i64,
    /// The commission in dirham.
    pub commission: i64,
    /// What became of it.
    pub status: Status,
    /// The reference of a payment, `SD-…`.
    pub reference: Option<String>,
    /// When it was opened, and then when it was paid.
    pub at: Timestamp,
}

/// The environment of a gateway that uses the default merchant over REST.
fn environment(base: &str) -> Vec<(String, String)> {
    [("BASE_URL", format!("{base}/{NAME}")), ("TOKEN", Merchant::default().token)]
        .map(|(name, value)| (format!("SADAD_{name}"), value))
        .to_vec()
}
