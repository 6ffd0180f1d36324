//! What goes over the wire to T-Lync: pure building of forms, and the two calls that carry them.

use kit::{Account, Call, Destination, Error, Kind, Outcome, Safety, Secrets};
use secrecy::SecretString;

use super::config::Settings;
use super::{NAME, answer};
use crate::port::Order;
use kit::form;

/// Names, numbers and addresses are people's. Our return addresses have a proof in them, and whoever has the page's is its
/// customer.
static SECRETS: Secrets = Secrets {
    headers: &[],
    query: &[],
    path: &[],
    body: &[
        "phone",
        "email",
        "frontend_url",
        "failed_front_end_url",
        "url",
        "customer_phone",
        "customer_email",
        "customer_name",
        "owner_name",
        "owner_phone",
        "owner_email",
        "order_history",
        "notes_to_customer",
    ],
};

/// The operations of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Initiate,
    Receipt,
}

impl Operation {
    /// Its name in the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Initiate => "payment/initiate",
            Self::Receipt => "receipt/transaction",
        }
    }

    /// What its requests are counted as.
    pub(super) const fn endpoint(self) -> &'static str {
        match self {
            Self::Initiate => "initiate",
            Self::Receipt => "receipt",
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Initiate => answer::initiated,
            Self::Receipt => answer::receipt_outcome,
        }
    }
}

/// A store: what every call is made by.
pub(super) struct Sender<'a> {
    pub(super) account: Account,
    pub(super) destination: Destination,
    pub(super) settings: &'a Settings,
    pub(super) token: &'a SecretString,
}

impl Sender<'_> {
    /// Has a page made for an order.
    pub(super) fn initiate(&self, order: &Order) -> Result<Call, Error> {
        let refuse = |message: &str| Error::refused(Kind::Invalid, NAME, Operation::Initiate.name(), message);
        let amount = form::two_decimals(order.amount).ok_or_else(|| refuse("the wire has two decimals"))?;
        let phone = order.customer.phone.as_ref().and_then(form::mobile);
        let phone = phone.ok_or_else(|| refuse("the customer's number must be one of a mobile telephone"))?;
        let mut fields = vec![("id", self.settings.store_id.as_str()), ("amount", &amount), ("phone", &phone)];
        // An empty one is refused (SOURCE.md, "payment/initiate").
        let email = order.customer.email.as_deref().filter(|email| !email.trim().is_empty());
        fields.extend(email.map(|email| ("email", email)));
        fields.extend([
            ("backend_url", order.callback_url.as_str()),
            ("frontend_url", &order.return_url),
            ("failed_front_end_url", &order.return_url),
            ("custom_ref", &order.wire_reference),
        ]);
        Ok(self.call(Operation::Initiate, &fields, &order.wire_reference))
    }

    /// Asks for what stands under a reference. It is a POST and changes nothing.
    pub(super) fn receipt(&self, wire_reference: &str) -> Call {
        let fields = [("store_id", self.settings.store_id.as_str()), ("custom_ref", wire_reference)];
        self.call(Operation::Receipt, &fields, wire_reference)
    }

    fn call(&self, operation: Operation, fields: &[(&str, &str)], reference: &str) -> Call {
        let (path, safety, answers): (_, _, &[u16]) = match operation {
            // A second one under the same reference is refused over there.
            Operation::Initiate => (&self.settings.initiate_path, Safety::Once, &[]),
            // It says 404 of what it does not know, and in JSON; anybody else's 404 is no answer.
            Operation::Receipt => (&self.settings.receipt_path, Safety::Read, &[404]),
        };
        let url = form::below(&self.settings.base_url, path);
        Call {
            account: self.account,
            provider: NAME,
            operation: operation.name(),
            reference: Some(reference.to_owned()),
            safety,
            secrets: &SECRETS,
            answers,
            outcome: operation.outcome(),
            explain: answer::explain,
            timeout: None,
            request: form::post(url, self.destination, self.token, fields),
        }
    }
}

#[cfg(test)]
mod tests;
