//! The customer's act, whichever provider it happens at.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{providers, shared::Shared};

/// How the customer's payment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The bank agrees.
    Approved,
    /// The bank does not.
    Declined,
    /// The customer turns back; the provider knows of no transaction.
    Cancelled,
}

/// What a customer does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// The provider's name.
    pub provider: String,
    /// The reference on the wire.
    pub reference: String,
    /// How it ends.
    pub outcome: Outcome,
    /// The amount as decimal text in the major unit, such as `12.500`. Without it the one of `parameters` is taken,
    /// else that of an earlier transaction of the same reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// The terminal; without it the one of `parameters`, else the first merchant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
    /// What the shop's page gave to the provider's script; its hash is then checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// Whether the callback is sent; yes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<bool>,
}

impl Pay {
    /// An act without a script's parameters; `amount` such as `12.500`.
    pub fn new(provider: &str, reference: &str, outcome: Outcome, amount: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            reference: reference.to_owned(),
            outcome,
            amount: Some(amount.to_owned()),
            terminal: None,
            parameters: None,
            notify: None,
        }
    }
}

/// What the provider made of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PayResult {
    /// The provider's id; none after a cancellation.
    pub transaction_id: Option<String>,
    /// The bank network's id; none after a cancellation.
    pub network_reference: Option<String>,
    /// What the script hands to the page after an approval.
    pub complete: Option<Value>,
    /// What the script hands to the page after a decline.
    pub error: Option<Value>,
    /// Where a hosted page sends the customer's browser, with the query that it adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
}

/// Money that a provider took from a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// The provider's name.
    pub provider: &'static str,
    /// The reference on the wire.
    pub reference: String,
    /// The provider's id.
    pub transaction_id: String,
    /// How much, in dirham.
    pub dirham: i64,
    /// When.
    pub at: Timestamp,
}

/// Lets the customer act.
pub(crate) fn pay(shared: &Arc<Shared>, act: &Pay) -> Result<PayResult, String> {
    providers::find(&act.provider)?.pay(shared, act)
}
