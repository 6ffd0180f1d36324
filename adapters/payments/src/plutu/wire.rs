//! What goes over the wire to Plutu: pure building of forms, and the calls that carry them.

use http::HeaderName;
use kit::{Account, Call, Destination, Error, Kind, Outcome, Safety, Secrets};
use schemas::payment::Code;

use super::config::{Keys, Settings};
use super::gateway::Gateway;
use super::{NAME, answer};
use crate::port::Order;
use kit::form;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// With these Plutu answers in words of its own (SOURCE.md, "Answers"). 401 and 403 are about us, 5xx may have acted.
const ANSWERS: &[u16] = &[400, 404, 422];

/// Numbers, years of birth and addresses are people's. Our return address has a proof in it, and whoever has the page's is
/// its customer.
static SECRETS: Secrets = Secrets {
    headers: &[],
    query: &[],
    path: &[],
    body: &["mobile_number", "birth_year", "email", "customer_ip", "return_url", "redirect_url"],
};

/// Beside a confirmation's own code this hides the word of its refusal, which has the same name; its message stays.
static SECRETS_OF_CODES: Secrets =
    Secrets { headers: &[], query: &[], path: &[], body: &["code", "mobile_number", "customer_ip"] };

/// An account: what every call is made by.
pub(super) struct Sender<'a> {
    pub(super) account: Account,
    pub(super) destination: Destination,
    pub(super) settings: &'a Settings,
    pub(super) keys: &'a Keys,
}

impl Sender<'_> {
    /// Has a code sent, or a page made.
    pub(super) fn opening(&self, gateway: Gateway, order: &Order) -> Result<Call, Error> {
        let operation = gateway.opening();
        let refuse = |message: &str| Error::refused(Kind::Invalid, NAME, operation, message);
        let amount = amount(order, operation)?;
        let fields = opening(gateway, order, amount)
            .ok_or_else(|| refuse("a mobile number is needed, and at Sadad the year of birth"))?;
        Ok(self.call(operation, &fields, order, &SECRETS, answer::opened))
    }

    /// Pays by a code.
    pub(super) fn confirmation(
        &self,
        operation: &'static str,
        order: &Order,
        process: &str,
        code: &Code,
    ) -> Result<Call, Error> {
        let mut fields = vec![
            ("process_id", process.to_owned()),
            ("code", code.digits().to_owned()),
            ("amount", amount(order, operation)?),
            ("invoice_no", order.wire_reference.clone()),
        ];
        fields.extend(address(order));
        Ok(self.call(operation, &fields, order, &SECRETS_OF_CODES, answer::confirmed))
    }

    fn call(
        &self,
        operation: &'static str,
        fields: &[(&str, String)],
        order: &Order,
        secrets: &'static Secrets,
        outcome: Outcome,
    ) -> Call {
        let url = form::below(&self.settings.base_url, &format!("transaction/{operation}"));
        let mut request = form::post(url, self.destination, &self.keys.access_token, fields);
        request.headers.insert(API_KEY, form::secret(&self.keys.api_key));
        Call {
            account: self.account,
            provider: NAME,
            operation,
            reference: Some(order.wire_reference.clone()),
            // Nothing over there knows a repeat: it sends another code, or refuses the invoice's number.
            safety: Safety::Once,
            secrets,
            answers: ANSWERS,
            outcome,
            explain: answer::explain,
            timeout: None,
            request,
        }
    }
}

/// `None` where something is missing of the customer.
fn opening(gateway: Gateway, order: &Order, amount: String) -> Option<Vec<(&'static str, String)>> {
    let mobile = || order.customer.phone.as_ref().and_then(form::mobile);
    let amount = ("amount", amount);
    let mut fields = match gateway {
        Gateway::Sadad => {
            let year = order.customer.birth_year?.to_string();
            return Some(vec![("mobile_number", mobile()?), ("birth_year", year), amount]);
        }
        Gateway::Edfali => return Some(vec![("mobile_number", mobile()?), amount]),
        Gateway::LocalBankCards | Gateway::Mpgs => vec![amount, ("invoice_no", order.wire_reference.clone())],
        Gateway::Tlync => {
            let mut fields = vec![("mobile_number", mobile()?)];
            let email = order.customer.email.as_deref().filter(|email| !email.trim().is_empty());
            fields.extend(email.map(|email| ("email", email.to_owned())));
            let callback = ("callback_url", order.callback_url.clone());
            fields.extend([amount, ("invoice_no", order.wire_reference.clone()), callback]);
            fields
        }
    };
    fields.push(("return_url", order.return_url.clone()));
    fields.extend(address(order));
    fields.push(("lang", language(gateway).to_owned()));
    Some(fields)
}

fn address(order: &Order) -> Option<(&'static str, String)> {
    order.customer_address.map(|address| ("customer_ip", address.to_string()))
}

/// Of the page: cards that pay in dollars are paid with from abroad.
const fn language(gateway: Gateway) -> &'static str {
    match gateway {
        Gateway::Mpgs => "en",
        _ => "ar",
    }
}

fn amount(order: &Order, operation: &'static str) -> Result<String, Error> {
    let refuse = || Error::refused(Kind::Invalid, NAME, operation, "the wire has two decimals");
    form::two_decimals(order.amount).ok_or_else(refuse)
}

#[cfg(test)]
mod tests;
