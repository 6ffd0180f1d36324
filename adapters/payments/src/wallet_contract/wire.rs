//! What goes over the wire: pure building of requests, each signed, and the calls that carry them.

use http::HeaderValue;
use jiff::Timestamp;
use kit::contract::{self, Keys};
use kit::{Account, Call, Destination, Outcome, Request, Safety, Secrets};
use schemas::payment::Code;
use serde::Serialize;
use serde_json::json;
use url::Url;

use super::config::Settings;
use super::{answer, outgoing};
use crate::card::Card;
use crate::port::Order;
use crate::services::{BillInquiry, ServiceKind, ServiceOrder};

/// Our return address has a proof of its own in it, and whoever has the page's is its customer. Numbers, names and notes
/// are people's.
static SECRETS: Secrets = Secrets {
    headers: &["X-Signature"],
    query: &[],
    path: &[],
    body: &["phone", "return_url", "url", "number", "name", "note"],
};

/// Beside a confirmation's own code this hides the word of its refusal, which has the same name; its message stays.
static SECRETS_OF_CODES: Secrets =
    Secrets { headers: &["X-Signature"], query: &[], path: &[], body: &["code", "phone"] };

/// The operations of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    CreatePayment,
    ConfirmPayment,
    ResendCode,
    FindPayments,
    InquireBill,
    CreateService,
    FindServices,
}

impl Operation {
    /// Its name in the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::CreatePayment => "payments.create",
            Self::ConfirmPayment => "payments.confirm",
            Self::ResendCode => "payments.resend",
            Self::FindPayments => "payments.find",
            Self::InquireBill => "bills.inquire",
            Self::CreateService => "services.create",
            Self::FindServices => "services.find",
        }
    }

    const fn safety(self) -> Safety {
        match self {
            // A repeated reference of a service is harmless by the contract; but the contract is assumed, and this is
            // money out.
            Self::CreatePayment | Self::ConfirmPayment | Self::ResendCode | Self::CreateService => Safety::Once,
            Self::FindPayments | Self::InquireBill | Self::FindServices => Safety::Read,
        }
    }

    const fn secrets(self) -> &'static Secrets {
        match self {
            Self::ConfirmPayment => &SECRETS_OF_CODES,
            _ => &SECRETS,
        }
    }

    /// What is refused in words of the contract; and that a payment is paid already, which is no failure.
    const fn answers(self) -> &'static [u16] {
        match self {
            Self::ConfirmPayment => &[409, 422],
            Self::CreatePayment | Self::ResendCode | Self::InquireBill | Self::CreateService => &[422],
            Self::FindPayments | Self::FindServices => &[],
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::CreatePayment | Self::ResendCode => contract::outcome::<answer::Created>,
            Self::ConfirmPayment => contract::outcome::<answer::Payment>,
            Self::FindPayments => contract::outcome::<answer::Listed<answer::Payment>>,
            Self::InquireBill => contract::outcome::<outgoing::Bill>,
            Self::CreateService => contract::outcome::<outgoing::Service>,
            Self::FindServices => contract::outcome::<answer::Listed<outgoing::Service>>,
        }
    }
}

#[derive(Serialize)]
struct CreatePayment<'a> {
    reference: &'a str,
    amount: String,
    currency: &'static str,
    flow: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<&'a str>,
    callback_url: &'a str,
}

#[derive(Serialize)]
struct CreateService<'a> {
    reference: &'a str,
    kind: &'static str,
    amount: String,
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    biller: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

/// A payment: with a code it needs the customer's number and no way back, on a page it is the other way round.
pub(super) fn payment(order: &Order, by_code: bool) -> Vec<u8> {
    let phone = order.customer.phone.as_ref().filter(|_| by_code);
    encode(&CreatePayment {
        reference: &order.wire_reference,
        amount: order.amount.to_string(),
        currency: order.amount.currency.code(),
        flow: if by_code { "code" } else { "page" },
        phone: phone.map(|phone| phone.e164()),
        return_url: (!by_code).then_some(&order.return_url),
        callback_url: &order.callback_url,
    })
}

pub(super) fn confirmation(code: &Code) -> Vec<u8> {
    encode(&json!({ "code": code.digits() }))
}

pub(super) fn inquiry(inquiry: &BillInquiry) -> Vec<u8> {
    encode(&json!({ "biller": inquiry.biller, "number": inquiry.number }))
}

/// A service: of a bill its biller and number, of all others whom they are for.
pub(super) fn service(order: &ServiceOrder) -> Vec<u8> {
    let is_bill = order.kind == ServiceKind::Bill;
    encode(&CreateService {
        reference: &order.reference,
        kind: order.kind.as_str(),
        amount: order.amount.to_string(),
        currency: order.amount.currency.code(),
        biller: order.biller.as_deref().filter(|_| is_bill),
        number: order.number.as_deref().filter(|_| is_bill),
        phone: order.phone.as_ref().filter(|_| !is_bill).map(|phone| phone.e164()),
        note: order.note.as_deref(),
    })
}

fn encode(request: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(request).expect("texts always encode")
}

/// An account at a moment: what every request is built and signed by.
pub(super) struct Sender<'a> {
    pub(super) card: &'static Card,
    pub(super) account: Account,
    pub(super) destination: Destination,
    pub(super) settings: &'a Settings,
    pub(super) keys: &'a Keys,
    pub(super) now: Timestamp,
}

impl Sender<'_> {
    /// A POST of JSON to a path below the base URL's own.
    pub(super) fn post(&self, operation: Operation, path: &[&str], body: Vec<u8>) -> Call {
        self.call(operation, Request::post_json(self.url(path), self.destination, body))
    }

    /// A GET of what stands under a reference.
    pub(super) fn find(&self, operation: Operation, path: &[&str], reference: &str) -> Call {
        let mut url = self.url(path);
        url.query_pairs_mut().append_pair("reference", reference);
        let mut request = Request::get(url, self.destination);
        request.headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
        Call { reference: Some(reference.to_owned()), ..self.call(operation, request) }
    }

    fn url(&self, path: &[&str]) -> Url {
        contract::url(&self.settings.base_url, path)
    }

    fn call(&self, operation: Operation, mut request: Request) -> Call {
        self.keys.sign(&mut request, self.now);
        Call {
            account: self.account,
            provider: self.card.name,
            operation: operation.name(),
            reference: None,
            safety: operation.safety(),
            secrets: operation.secrets(),
            answers: operation.answers(),
            outcome: operation.outcome(),
            explain: contract::explain,
            timeout: None,
            request,
        }
    }
}

#[cfg(test)]
mod tests;
