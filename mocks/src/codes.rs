//! The one-time codes that providers sent to customers' phones.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

/// A code on a customer's phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Code {
    /// When it was sent.
    pub at: Timestamp,
    /// Who sent it.
    pub provider: &'static str,
    /// The gateway's reference on the wire, where the request that sent it carries one.
    pub reference: String,
    /// The provider's id of what the code confirms.
    pub transaction_id: String,
    /// The customer's number, as the gateway wrote it.
    pub phone: String,
    /// The code.
    pub code: String,
}

/// Every code that was sent, oldest first.
#[derive(Default)]
pub(crate) struct Codes(Mutex<Vec<Code>>);

impl Codes {
    /// Sends a code.
    pub(crate) fn send(&self, code: Code) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(code);
    }

    /// Those of one provider and of one reference or id, or all.
    pub(crate) fn list(&self, provider: Option<&str>, reference: Option<&str>) -> Vec<Code> {
        let codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |code: &&Code| {
            provider.is_none_or(|name| code.provider == name)
                && reference.is_none_or(|text| code.reference == text || code.transaction_id == text)
        };
        codes.iter().filter(is_meant).cloned().collect()
    }
}
