//! What goes over the wire to Sadad: pure building of its four operations, in JSON or in SOAP, and the calls that carry them.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use kit::soap::{BuildError, Form, Operation as Soap, Proof, UsernameToken, Version};
use kit::{Account, Call, Destination, Outcome, Safety, Secrets};
use schemas::payment::Code;
use schemas::{Money, Phone};
use secrecy::{ExposeSecret, SecretString};
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use url::Url;

use super::config::Gateway;
use super::{NAME, answer};
use crate::faults;

/// The namespace of the SOAP variant.
pub(super) const NAMESPACE: &str = "http://sadad.ly/pgw";

/// `Password` stands in the header of an envelope, and `Username` belongs to it.
static SECRETS: Secrets =
    Secrets { headers: &[], query: &[], path: &[], body: &["Msisdn", "BirthYear", "OTP", "Username", "Password"] };

/// The operations of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// Opens a transaction and sends a code: nothing is charged.
    Validate,
    /// Charges the wallet by that code.
    Pay,
    /// Sends a code again, for the same transaction.
    Resend,
    /// Tells what became of an invoice.
    Enquiry,
}

impl Operation {
    /// The provider's own word, below `/api`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Validate => "Validate",
            Self::Pay => "Pay",
            Self::Resend => "otp-resend",
            Self::Enquiry => "enquiry",
        }
    }

    /// Name and action in SOAP, and the element of the response.
    pub(super) const fn soap(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Validate => ("Validate", "http://sadad.ly/pgw/Validate", "ValidateResponse"),
            Self::Pay => ("Pay", "http://sadad.ly/pgw/Pay", "PayResponse"),
            Self::Resend => ("ResendOtp", "http://sadad.ly/pgw/ResendOtp", "ResendOtpResponse"),
            Self::Enquiry => ("Enquiry", "http://sadad.ly/pgw/Enquiry", "EnquiryResponse"),
        }
    }

    const fn safety(self) -> Safety {
        match self {
            Self::Enquiry => Safety::Read,
            _ => Safety::Once,
        }
    }
}

/// A field of a request. JSON has some of them as numbers, SOAP has them all as text.
#[derive(Debug, PartialEq, Eq)]
struct Field {
    name: &'static str,
    text: String,
    is_number: bool,
}

impl Field {
    fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: text.into(), is_number: false }
    }

    fn number(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: text.into(), is_number: true }
    }

    /// A transaction is written as it was answered: a number, or in one client's words a text (SOURCE.md, "Requests").
    fn transaction(session: &str) -> Self {
        let digits = (1..=18).contains(&session.len()) && session.bytes().all(|byte| byte.is_ascii_digit());
        Self { name: "TransactionId", text: session.to_owned(), is_number: digits && !session.starts_with('0') }
    }
}

/// What is asked of the gateway: an operation with its fields, in the order of the contract.
pub(super) struct Request {
    pub(super) operation: Operation,
    fields: Vec<Field>,
}

impl Request {
    /// Validate. The amount is written as the decimal it is, and never passes through a float.
    pub(super) fn validate(invoice: &str, customer: &Phone, birth_year: u16, amount: Money, category: u16) -> Self {
        let fields = vec![
            Field::text("Msisdn", format!("0{}", customer.e164().trim_start_matches("+218"))),
            Field::text("BirthYear", birth_year.to_string()),
            Field::text("InvoiceNo", invoice),
            Field::number("Amount", amount.to_string()),
            Field::number("Category", category.to_string()),
        ];
        Self { operation: Operation::Validate, fields }
    }

    /// Pay.
    pub(super) fn pay(session: &str, code: &Code) -> Self {
        let fields = vec![Field::transaction(session), Field::text("OTP", code.digits())];
        Self { operation: Operation::Pay, fields }
    }

    /// otp-resend.
    pub(super) fn resend(session: &str) -> Self {
        Self { operation: Operation::Resend, fields: vec![Field::transaction(session)] }
    }

    /// enquiry.
    pub(super) fn enquiry(invoice: &str) -> Self {
        Self { operation: Operation::Enquiry, fields: vec![Field::text("InvoiceNo", invoice)] }
    }
}

/// As a JSON object.
impl Serialize for Request {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for field in &self.fields {
            if field.is_number {
                let number = RawValue::from_string(field.text.clone()).map_err(S::Error::custom)?;
                map.serialize_entry(field.name, &number)?;
            } else {
                map.serialize_entry(field.name, &field.text)?;
            }
        }
        map.end()
    }
}

/// Who calls, and for whom.
pub(super) struct Sender<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) account: Account,
    pub(super) destination: Destination,
}

impl Sender<'_> {
    /// The call that carries a request, for an order or a question with this reference.
    pub(super) fn call(&self, request: &Request, reference: &str) -> Result<Call, BuildError> {
        let operation = request.operation;
        let (outcome, answers, http): (Outcome, _, _) = match self.gateway {
            Gateway::Rest { base_url, token } => {
                (answer::rest_outcome(operation), answer::REST, self.rest(request, base_url, token))
            }
            Gateway::Soap { soap_url, username, password } => {
                let token = UsernameToken { username: username.expose_secret(), password, proof: Proof::Text };
                (answer::soap_outcome(operation), faults::FAULTS, self.soap(request, soap_url, &token)?)
            }
        };
        Ok(Call {
            account: self.account,
            provider: NAME,
            operation: operation.name(),
            reference: Some(reference.to_owned()),
            safety: operation.safety(),
            secrets: &SECRETS,
            answers,
            outcome,
            explain: kit::no_explanation,
            timeout: None,
            request: http,
        })
    }

    /// Below the base URL's own path, which a proxy or a mock may have.
    fn rest(&self, request: &Request, base: &Url, token: &SecretString) -> kit::Request {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", request.operation.name()]);
        }
        let body = serde_json::to_vec(request).expect("texts and decimals always encode");
        let mut http = kit::Request::post_json(url, self.destination, body);
        let bearer = format!("Bearer {}", token.expose_secret());
        let mut bearer = HeaderValue::from_str(&bearer).expect("the token was checked to be plain letters");
        bearer.set_sensitive(true);
        http.headers.insert(AUTHORIZATION, bearer);
        http
    }

    fn soap(&self, request: &Request, url: &Url, token: &UsernameToken<'_>) -> Result<kit::Request, BuildError> {
        let fields: Vec<(&str, &str)> = request.fields.iter().map(|field| (field.name, field.text.as_str())).collect();
        let (name, action, _) = request.operation.soap();
        let soap = Soap {
            version: Version::Soap11,
            namespace: NAMESPACE,
            name,
            action,
            form: Form::Qualified,
            fields: &fields,
        };
        soap.request(url.clone(), self.destination, Some(token))
    }
}

#[cfg(test)]
mod tests;
