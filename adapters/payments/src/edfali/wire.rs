//! What goes over the wire to Edfali: pure building of its two operations, and the calls that carry them.

use kit::soap::{BuildError, Form, Operation as Soap, Version};
use kit::{Account, Call, Destination, Outcome, Request, Safety, Secrets};
use schemas::{Money, Phone};
use secrecy::ExposeSecret;

use super::config::{Keys, Settings};
use super::{NAME, answer};
use crate::faults;

/// The namespace of everything in a request and its answer.
pub(super) const NAMESPACE: &str = "http://tempuri.org/";

/// `Pin` is the merchant's in one operation and the customer's code in the other.
static SECRETS: Secrets = Secrets { headers: &[], query: &[], path: &[], body: &["Pin", "PW", "Cmobile"] };

/// The operations of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// Begins a payment: a code is sent to the customer, and nothing is charged.
    DoPTrans,
    /// Confirms it by that code: money moves.
    OnlineConfTrans,
}

impl Operation {
    /// The provider's own word.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::DoPTrans => "DoPTrans",
            Self::OnlineConfTrans => "OnlineConfTrans",
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::DoPTrans => "http://tempuri.org/DoPTrans",
            Self::OnlineConfTrans => "http://tempuri.org/OnlineConfTrans",
        }
    }

    /// The element of its response.
    pub(super) const fn response(self) -> &'static str {
        match self {
            Self::DoPTrans => "DoPTransResponse",
            Self::OnlineConfTrans => "OnlineConfTransResponse",
        }
    }

    /// The one text in it.
    pub(super) const fn result(self) -> &'static str {
        match self {
            Self::DoPTrans => "DoPTransResult",
            Self::OnlineConfTrans => "OnlineConfTransResult",
        }
    }

    const fn outcome(self) -> Outcome {
        match self {
            Self::DoPTrans => answer::opening_outcome,
            Self::OnlineConfTrans => answer::confirm_outcome,
        }
    }
}

/// A merchant with what the bank has handed out: what every request is built by.
pub(super) struct Merchant<'a> {
    pub(super) settings: &'a Settings,
    pub(super) keys: &'a Keys,
    pub(super) account: Account,
    pub(super) destination: Destination,
}

impl Merchant<'_> {
    /// DoPTrans. The service takes nothing of ours by which it could be told again.
    pub(super) fn open(&self, reference: &str, customer: &Phone, amount: Money) -> Result<Call, BuildError> {
        let fields = [
            ("Mobile", self.settings.mobile.as_str()),
            ("Pin", self.keys.pin.expose_secret()),
            ("Cmobile", customer.e164()),
            ("Amount", &dinars(amount)),
            ("PW", self.keys.password.expose_secret()),
        ];
        self.call(Operation::DoPTrans, reference, &fields)
    }

    /// OnlineConfTrans, where `Pin` is the customer's code.
    pub(super) fn confirm(&self, reference: &str, session: &str, code: &str) -> Result<Call, BuildError> {
        let fields = [
            ("Mobile", self.settings.mobile.as_str()),
            ("Pin", code),
            ("sessionID", session),
            ("PW", self.keys.password.expose_secret()),
        ];
        self.call(Operation::OnlineConfTrans, reference, &fields)
    }

    /// The description of the service: nobody logs in for it, and nothing is done.
    pub(super) fn description(&self) -> Call {
        let mut url = self.settings.endpoint.clone();
        url.set_query(Some("wsdl"));
        Call {
            account: self.account,
            provider: NAME,
            operation: "wsdl",
            reference: None,
            safety: Safety::Read,
            secrets: &SECRETS,
            answers: &[],
            outcome: answer::description_outcome,
            explain: kit::no_explanation,
            timeout: None,
            request: Request::get(url, self.destination),
        }
    }

    /// The fields stand in the order of the service: it takes others for absent (SOURCE.md, "Requests").
    fn call(&self, operation: Operation, reference: &str, fields: &[(&str, &str)]) -> Result<Call, BuildError> {
        let soap = Soap {
            version: Version::Soap11,
            namespace: NAMESPACE,
            name: operation.name(),
            action: operation.action(),
            form: Form::Qualified,
            fields,
        };
        Ok(Call {
            account: self.account,
            provider: NAME,
            operation: operation.name(),
            reference: Some(reference.to_owned()),
            safety: Safety::Once,
            secrets: &SECRETS,
            answers: faults::FAULTS,
            outcome: operation.outcome(),
            explain: kit::no_explanation,
            timeout: None,
            request: soap.request(self.settings.endpoint.clone(), self.destination, None)?,
        })
    }
}

/// Whole dinars as an integer, others with two decimals: clients send both, and nobody was seen to send a third (SOURCE.md,
/// "DoPTrans"). The route carries no such amount.
fn dinars(amount: Money) -> String {
    let (whole, dirham) = (amount.minor / 1_000, amount.minor % 1_000);
    if dirham == 0 { whole.to_string() } else { format!("{whole}.{:02}", dirham / 10) }
}

#[cfg(test)]
mod tests;
